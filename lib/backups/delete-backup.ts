import { z } from "zod";
import { readRetainedBackups } from "#lib/backups/decide-retention.ts";
import { backupSchema } from "#lib/backups/schemas.ts";
import { getBackupOrThrow, toBackup } from "#lib/backups/to-backup.ts";
import { refuseInUse } from "#lib/backups/used-by-restore.ts";
import { databaseNow } from "#lib/clock/database-now.ts";
import type { Transaction } from "#lib/db/client.ts";
import { ConflictError } from "#lib/errors.ts";
import { recordEvent } from "#lib/events/record-event.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";
import { lockSystem } from "#lib/runs/lock-system.ts";
import { isGood } from "#lib/schedule/retention.ts";

export const deleteBackup = operation({
  name: "deleteBackup",
  summary: "Puts a backup into the trash. It can be recovered for 7 days; then its objects are removed.",
  http: { method: "DELETE", path: "/backups/{id}" },
  permission: "backups.delete",
  input: idInput.extend({
    acknowledgeLast: z.boolean().default(false).describe("Delete it even if it is the last good backup of its system."),
  }),
  output: backupSchema,
  audit: ({ id, systemName, createdAt }, { acknowledgeLast }) => ({
    action: "backup.deleted",
    subjectKind: "backup",
    subjectId: id,
    subjectLabel: systemName,
    detail: { createdAt, ...(acknowledgeLast ? { acknowledgeLast } : {}) },
  }),
  changes: ["backups", "systems", "overview"],
  run: async (db, { tenant }, { id, acknowledgeLast }) => {
    const backup = await getBackupOrThrow(db, id);
    await lockSystem(db, backup.systemId);
    const now = await databaseNow(db);
    refusePinned(backup, now);
    await refuseInUse(db, id);
    if (!acknowledgeLast && backup.status === "completed") await refuseLastGood(db, backup);
    const { count } = await db.backup.updateMany({
      where: { id, status: "completed", pinned: false },
      data: { status: "trashed", trashedAt: now },
    });
    if (count === 0) throw new ConflictError("This backup is in the trash already.", "backup-trashed");
    const about = { tenantId: tenant.id, subjectKind: "backup", subjectId: id };
    await recordEvent(db, "backup.deleted", about, { systemId: backup.systemId, backupIds: [id], count: 1, by: "person" });
    return toBackup(await getBackupOrThrow(db, id));
  },
});

function refusePinned({ pinned, pinnedUntil }: { pinned: boolean; pinnedUntil: Date | null }, now: Date): void {
  if (pinned) throw new ConflictError("This backup is pinned. Unpin it first.", "backup-pinned");
  if (pinnedUntil === null || pinnedUntil <= now) return;
  const until = `${pinnedUntil.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  throw new ConflictError(
    `This backup was taken before a restore and is kept until ${until}, for as long as that restore can be undone.`,
    "backup-pinned",
    { pinnedUntil: pinnedUntil.toISOString() },
  );
}

/** A person may do it, but not unawares. */
async function refuseLastGood(
  db: Transaction,
  { id, systemId, systemName }: { id: string; systemId: string; systemName: string },
): Promise<void> {
  const good = (await readRetainedBackups(db, { systemId })).filter(isGood);
  if (good.some((other) => other.id !== id) || !good.some((one) => one.id === id)) return;
  throw new ConflictError(
    `This is the last good backup of “${systemName}”: without it, nothing of that system can be restored. Confirm that you mean it.`,
    "last-good-backup",
  );
}
