import { databaseNow } from "#lib/clock/database-now.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";
import { toDecisions } from "#lib/policies/retention-decisions.ts";
import { decideHeld } from "#lib/systems/held-retention.ts";
import { systemOrThrow } from "#lib/systems/get-system.ts";
import { heldRetentionSchema } from "#lib/systems/schemas.ts";

export const getSystemRetention = operation({
  name: "getSystemRetention",
  summary:
    "What retention would do to a system's backups that wait for somebody to confirm it, because they were found in a destination or their policy came back.",
  http: { method: "GET", path: "/systems/{id}/retention" },
  permission: "backups.read",
  input: idInput,
  output: heldRetentionSchema,
  audit: "nothing: a calculation that changes nothing",
  run: async (db, _context, { id }) => {
    await systemOrThrow(db, id);
    const { held, decided } = await decideHeld(db, id, await databaseNow(db));
    return { held, ...toDecisions(decided) };
  },
});
