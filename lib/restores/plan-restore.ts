import { unlockBelieved } from "#lib/catalogue/unlock-believed.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { operation } from "#lib/operation.ts";
import { giveFileKey } from "#lib/keys/file-key-grant.ts";
import { getRestorableBackup } from "#lib/restores/restorable.ts";
import { recordRestoreEvent } from "#lib/restores/record-restore-event.ts";
import { planRestoreInput, restoreSchema } from "#lib/restores/schemas.ts";
import { getRestoreOrThrow, toRestore } from "#lib/restores/to-restore.ts";
import { waitForWorker } from "#lib/restores/wait-for-worker.ts";

export const planRestore = operation({
  name: "planRestore",
  summary: "Compares a backup with a system and says in words what restoring it would change. Changes nothing there.",
  http: { method: "POST", path: "/restores", status: 202 },
  permission: "restores.execute",
  input: planRestoreInput,
  output: restoreSchema,
  audit: (result) => ({
    action: "restore.requested",
    subjectKind: "restore",
    subjectId: result.id,
    subjectLabel: result.systemName,
    detail: { backupId: result.backupId, targetSystemId: result.targetSystemId },
  }),
  changes: ["restores", "due"],
  prepare: async (context, input) => {
    const backup = await withTenant(context.tenant.id, (db) => getRestorableBackup(db, context, input));
    return unlockBelieved(context, backup, input.passphrase);
  },
  run: async (db, context, input, fileKey) => {
    const { id: backupId } = await getRestorableBackup(db, context, input);
    const id = newId("restore");
    const requestedBy = context.actor.email;
    await db.restore.createMany({
      data: [{ id, backupId, targetSystemId: input.targetSystemId, status: "planning", requestedBy }],
    });
    await waitForWorker(db, id);
    await giveFileKey(db, id, fileKey);
    await recordRestoreEvent(db, "restore.requested", { tenantId: context.tenant.id, id });
    return toRestore(await getRestoreOrThrow(db, id));
  },
});
