import type { Context } from "#lib/auth/context.ts";
import type { Transaction } from "#lib/db/client.ts";
import { ConflictError, InvalidInputError, NotFoundError } from "#lib/errors.ts";
import { requirePermission } from "#lib/operation.ts";
import { permissionFor } from "#lib/restores/still-permitted.ts";
import { refuseNewerVersions } from "#lib/restores/version-rule.ts";

/**
 * The backup of a wanted restore, once it and the target allow one. Throws NotFoundError, ConflictError "not-restorable" for a
 * backup that is not whole, InvalidInputError "other-kind", "newer-format", "newer-product-version", and ForbiddenError when
 * members, settings and keys are concerned and the actor may not restore those.
 */
export async function getRestorableBackup(db: Transaction, context: Context, wanted: { backupId: string; targetSystemId: string }) {
  const backup = await db.backup.findUnique({ where: { id: wanted.backupId }, include: { copies: { select: { status: true } } } });
  if (!backup || backup.status === "deleted") throw new NotFoundError("backup");
  const target = await db.system.findFirst({ where: { id: wanted.targetSystemId, deletedAt: null } });
  if (!target) throw new NotFoundError("system");
  requirePermission(context, permissionFor(backup.systemKind));
  refuseUnlessWhole(backup);
  refuseNewerVersions(backup);
  if (backup.systemKind === target.kind) return backup;
  const message = `This is a backup of the kind “${backup.systemKind}”, and “${target.name}” is of the kind “${target.kind}”. Choose a system of the same kind.`;
  throw new InvalidInputError(message, [{ path: "targetSystemId", message }], { code: "other-kind" });
}

function refuseUnlessWhole(backup: { status: string; copies: { status: string }[] }): void {
  const isStored = backup.copies.some((copy) => copy.status === "stored");
  if (backup.status === "completed" && isStored) return;
  const why = backup.status === "trashed" ? "is in the trash" : isStored ? "was never completed" : "has no good copy left";
  throw new ConflictError(`This backup ${why}, so it cannot be restored. Choose another one.`, "not-restorable");
}
