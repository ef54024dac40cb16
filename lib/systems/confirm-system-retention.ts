import { z } from "zod";
import { proofFields, requireProof } from "#lib/auth/step-up.ts";
import { otherCount } from "#lib/backups/trash-counted.ts";
import { databaseNow } from "#lib/clock/database-now.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";
import { lockSystem } from "#lib/runs/lock-system.ts";
import { systemOrThrow } from "#lib/systems/get-system.ts";
import { decideHeld } from "#lib/systems/held-retention.ts";

export const confirmSystemRetention = operation({
  name: "confirmSystemRetention",
  summary:
    "Lets retention decide about a system's backups that were found in a destination, or whose policy came back by a restore. Needs the number it deletes, and the login password.",
  http: { method: "POST", path: "/systems/{id}/retention-confirmation" },
  permission: "backups.delete",
  input: idInput.extend({ acknowledgeDeletes: z.int().min(0, "Say how many backups it deletes."), ...proofFields }),
  output: z.object({ id: z.string(), name: z.string(), released: z.number(), deletes: z.number() }),
  audit: ({ id, name, released, deletes }) => ({
    action: "system.retentionConfirmed",
    subjectKind: "system",
    subjectId: id,
    subjectLabel: name,
    detail: { released, deletes },
  }),
  changes: ["systems", "backups"],
  prepare: (context, input) => requireProof(context, input),
  run: async (db, _context, { id, acknowledgeDeletes }) => {
    const { name } = await systemOrThrow(db, id);
    await lockSystem(db, id);
    const { decided } = await decideHeld(db, id, await databaseNow(db));
    const deletes = decided.filter(({ keep }) => !keep).length;
    if (deletes !== acknowledgeDeletes) throw otherCount("backups would be deleted", deletes, acknowledgeDeletes, { deletes });
    const { count: released } = await db.backup.updateMany({
      where: { systemId: id, retentionHeld: true, authenticity: { not: "foreign" } },
      data: { retentionHeld: false },
    });
    return { id, name, released, deletes };
  },
});
