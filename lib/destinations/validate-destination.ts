import { validationResult } from "#lib/connectors/validation-schemas.ts";
import { operation } from "#lib/operation.ts";
import { validateDestinationInput, validateStoredDestinationInput } from "#lib/destinations/schemas.ts";
import { tryDestination, tryStoredDestination } from "#lib/destinations/try-destination.ts";

export const validateDestination = operation({
  name: "validateDestination",
  summary: "Tries a destination before it is saved, step by step.",
  http: { method: "POST", path: "/destinations/validate" },
  permission: "destinations.write",
  input: validateDestinationInput,
  output: validationResult,
  audit: "nothing: a trial that changes nothing here",
  prepare: async ({ tenant }, { kind, config }) => (await tryDestination(tenant.id, kind, config)).result,
  run: (_db, _context, _input, result) => Promise.resolve(result),
});

export const validateStoredDestination = operation({
  name: "validateStoredDestination",
  summary: "Tries a stored destination again, with a changed configuration if one is given.",
  http: { method: "POST", path: "/destinations/{id}/validate" },
  permission: "destinations.write",
  input: validateStoredDestinationInput,
  output: validationResult,
  audit: "nothing: a trial that changes nothing here",
  prepare: async ({ tenant }, { id, config }) => (await tryStoredDestination(tenant.id, id, config)).result,
  run: (_db, _context, _input, result) => Promise.resolve(result),
});
