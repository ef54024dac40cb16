import { validationResult } from "#lib/connectors/validation-schemas.ts";
import { operation } from "#lib/operation.ts";
import { validateSystemInput, validateStoredSystemInput } from "#lib/systems/schemas.ts";
import { trySystem, tryStoredSystem } from "#lib/systems/try-system.ts";

export const validateSystem = operation({
  name: "validateSystem",
  summary: "Tries a system before it is saved, step by step.",
  http: { method: "POST", path: "/systems/validate" },
  permission: "systems.write",
  input: validateSystemInput,
  output: validationResult,
  audit: "nothing: a trial that changes nothing here",
  prepare: async ({ tenant }, { kind, config }) => (await trySystem(tenant.id, kind, config)).result,
  run: (_db, _context, _input, result) => Promise.resolve(result),
});

export const validateStoredSystem = operation({
  name: "validateStoredSystem",
  summary: "Tries a stored system again, with a changed configuration if one is given.",
  http: { method: "POST", path: "/systems/{id}/validate" },
  permission: "systems.write",
  input: validateStoredSystemInput,
  output: validationResult,
  audit: "nothing: a trial that changes nothing here",
  prepare: async ({ tenant }, { id, config }) => (await tryStoredSystem(tenant.id, id, config)).result,
  run: (_db, _context, _input, result) => Promise.resolve(result),
});
