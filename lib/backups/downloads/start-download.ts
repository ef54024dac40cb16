import type { Context } from "#lib/auth/context.ts";
import { proofFields, requireProof } from "#lib/auth/step-up.ts";
import { newToken } from "#lib/auth/tokens.ts";
import { requireDownload } from "#lib/backups/downloads/require-download.ts";
import { downloadSchema, startDownloadInput } from "#lib/backups/downloads/schemas.ts";
import { unlockBelieved } from "#lib/catalogue/unlock-believed.ts";
import { databaseNow } from "#lib/clock/database-now.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { env } from "#lib/env.ts";
import { ConflictError, NotFoundError } from "#lib/errors.ts";
import { newId } from "#lib/ids.ts";
import { operation } from "#lib/operation.ts";

export const startDownload = operation({
  name: "startDownload",
  summary:
    "Makes a link to an archive, still encrypted, that works once and in this session only. Needs the login password and the passphrase.",
  http: { method: "POST", path: "/backups/{id}/downloads", status: 201 },
  permission: "backups.download",
  input: startDownloadInput.extend(proofFields),
  output: downloadSchema,
  audit: (result, input) => ({
    action: "backup.downloaded",
    subjectKind: "backup",
    subjectId: input.id,
    detail: { downloadId: result.id, expiresAt: result.expiresAt },
  }),
  prepare: async (context, input) => {
    await requireProof(context, input);
    const backup = await withTenant(context.tenant.id, (db) => getDownloadableBackup(db, context, input.id));
    // The key itself is not needed: the archive goes out as it lies. That it opens is the proof.
    const fileKey = await unlockBelieved(context, backup, input.passphrase);
    fileKey?.fill(0);
  },
  run: async (db, context, { id: backupId }) => {
    await getDownloadableBackup(db, context, backupId);
    const { token, tokenHash } = newToken();
    const id = newId("download");
    const expiresAt = new Date((await databaseNow(db)).getTime() + env().HOLDFAST_DOWNLOAD_SECONDS * 1000);
    await db.download.createMany({ data: [{ id, backupId, sessionId: context.actor.sessionId, tokenHash, expiresAt }] });
    return { id, url: `/api/v1/tenants/${context.tenant.slug}/downloads/${token}`, expiresAt: expiresAt.toISOString() };
  },
});

async function getDownloadableBackup(db: Transaction, context: Context, id: string) {
  const backup = await db.backup.findUnique({
    where: { id },
    include: { copies: { where: { status: "stored" }, select: { status: true } } },
  });
  if (!backup || backup.status === "deleted") throw new NotFoundError("backup");
  requireDownload(context, backup);
  if ((backup.status === "completed" || backup.status === "trashed") && backup.copies.length > 0) return backup;
  throw new ConflictError("This backup has no whole copy, so there is nothing to download. Choose another one.", "not-downloadable");
}
