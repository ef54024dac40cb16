import type { Context } from "#lib/auth/context.ts";
import { proofFields, requireProof } from "#lib/auth/step-up.ts";
import { unlockBelieved } from "#lib/catalogue/unlock-believed.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { ConflictError } from "#lib/errors.ts";
import { operation } from "#lib/operation.ts";
import { giveFileKey } from "#lib/keys/file-key-grant.ts";
import { recordRestoreEvent } from "#lib/restores/record-restore-event.ts";
import { getRestorableBackup } from "#lib/restores/restorable.ts";
import { executeRestoreInput, type RestoreDto, restoreSchema } from "#lib/restores/schemas.ts";
import { getRestoreOrThrow, toRestore } from "#lib/restores/to-restore.ts";
import { waitForWorker } from "#lib/restores/wait-for-worker.ts";

export const executeRestore = operation({
  name: "executeRestore",
  summary: "Carries out exactly the plan that was read, after a safety backup. Needs the login password and the backup's passphrase.",
  http: { method: "POST", path: "/restores/{id}/execution", status: 202 },
  permission: "restores.execute",
  input: executeRestoreInput.extend(proofFields),
  output: restoreSchema,
  audit: (result) => ({
    action: "restore.approved",
    subjectKind: "restore",
    subjectId: result.id,
    subjectLabel: result.systemName,
    detail: { backupId: result.backupId, targetSystemId: result.targetSystemId, planHash: result.plan?.hash },
  }),
  changes: ["restores", "due"],
  prepare: async (context, input) => {
    await requireProof(context, input);
    const backup = await withTenant(context.tenant.id, async (db) => {
      const restore = await getRestoreOrThrow(db, input.id);
      refuseUnlessReady(toRestore(restore), input.planHash);
      return getRestorableBackup(db, context, restore);
    });
    return unlockBelieved(context, backup, input.passphrase);
  },
  run: (db, context, { id, planHash }, fileKey) => approve(db, context, { id, planHash, fileKey }),
});

async function approve(
  db: Transaction,
  context: Context,
  { id, planHash, fileKey }: { id: string; planHash: string; fileKey: Buffer | null },
): Promise<RestoreDto> {
  const restore = await getRestoreOrThrow(db, id);
  refuseUnlessReady(toRestore(restore), planHash);
  await getRestorableBackup(db, context, restore);
  const { count } = await db.restore.updateMany({
    where: { id, status: "planned", planHash },
    data: { status: "approved", executedBy: context.actor.email, leaseOwner: null },
  });
  if (count === 0) throw new ConflictError("Somebody else has just carried out or cancelled this restore. Reload it.", "not-planned");
  await waitForWorker(db, id);
  await giveFileKey(db, id, fileKey);
  await recordRestoreEvent(db, "restore.approved", { tenantId: context.tenant.id, id });
  return toRestore(await getRestoreOrThrow(db, id));
}

function refuseUnlessReady(restore: RestoreDto, planHash: string): void {
  if (restore.status === "expired") {
    throw new ConflictError(
      "This plan is older than an hour, and the system may have changed since. Plan the restore again.",
      "plan-expired",
    );
  }
  if (restore.status !== "planned" || !restore.plan) {
    throw new ConflictError(`This restore is ${restore.status}; only a planned one can be carried out. Plan a new restore.`, "not-planned");
  }
  if (restore.plan.hash !== planHash) {
    throw new ConflictError("This is not the plan that you read. Reload it, read it, and confirm again.", "other-plan");
  }
  const [blocker] = restore.plan.blockers;
  if (blocker !== undefined) throw new ConflictError(`This plan cannot be carried out: ${blocker}`, "plan-blocked");
}
