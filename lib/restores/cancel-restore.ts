import { ConflictError } from "#lib/errors.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";
import { withdrawFileKey } from "#lib/keys/file-key-grant.ts";
import { restoreSchema } from "#lib/restores/schemas.ts";
import { shownTo } from "#lib/restores/shown-to.ts";
import { getRestoreOrThrow, toRestore } from "#lib/restores/to-restore.ts";

export const cancelRestore = operation({
  name: "cancelRestore",
  summary: "Gives up a restore, as long as nothing was changed yet.",
  http: { method: "POST", path: "/restores/{id}/cancel" },
  permission: "restores.execute",
  input: idInput,
  output: restoreSchema,
  audit: (result) => ({
    action: "restore.cancelled",
    subjectKind: "restore",
    subjectId: result.id,
    subjectLabel: result.systemName,
    detail: { status: result.status },
  }),
  changes: ["restores"],
  run: async (db, context, { id }) => {
    const { status } = await getRestoreOrThrow(db, id);
    await withdrawFileKey(db, id);
    const now = new Date();
    // A worker that is at it reads the request, or finds the row no longer its own, before it touches the target.
    const waiting = await db.restore.updateMany({
      where: { id, status: { in: ["planning", "planned", "awaitingApproval", "approved"] } },
      data: { status: "cancelled", leaseOwner: null, cancelRequestedAt: now, finishedAt: now },
    });
    const running = await db.restore.updateMany({
      where: { id, status: "running", changedTargetAt: null },
      data: { cancelRequestedAt: now },
    });
    if (waiting.count + running.count === 0) {
      const why = status === "running" ? "is already changing the target, and stopping halfway would leave it broken" : `is ${status}`;
      throw new ConflictError(`This restore ${why}, so it can no longer be cancelled.`, "too-late");
    }
    return shownTo(context, toRestore(await getRestoreOrThrow(db, id)));
  },
});
