import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";
import { runSchema } from "#lib/runs/schemas.ts";
import { getRunOrThrow, toRun } from "#lib/runs/to-run.ts";

export const getRun = operation({
  name: "getRun",
  summary: "A run, with how far it got and why it failed.",
  http: { method: "GET", path: "/runs/{id}" },
  permission: "runs.read",
  input: idInput,
  output: runSchema,
  audit: "nothing: reads what everyone may see",
  run: async (db, _context, { id }) => toRun(await getRunOrThrow(db, id)),
});
