import { createReadStream } from "node:fs";
import { ArchiveError } from "#lib/archive/archive-error.ts";
import { type OpenArchive, openArchive } from "#lib/archive/archive-reader.ts";
import { limitsFor } from "#lib/archive/limits.ts";
import { proofLevels } from "#lib/backups/schemas.ts";
import { readHeader } from "#lib/crypto/age.ts";
import { env } from "#lib/env.ts";
import type { ClaimedRestore } from "#lib/restores/claim-restore.ts";
import { refuseNewerVersions } from "#lib/restores/version-rule.ts";

/**
 * Opens an archive that was fetched by fetchArchive, so that its SHA-256 is the recorded one. All of it is proven, unless it was when that SHA-256 was
 * recorded; and in any case the recorded header, and that it is the backup that the catalogue says. Throws ArchiveError, CryptoError, InvalidInputError "newer-…".
 */
export async function openBackup(
  { backup, tenantId }: ClaimedRestore,
  { path, fileKey, signal }: { path: string; fileKey: Buffer | null; signal: AbortSignal },
): Promise<OpenArchive> {
  refuseNewerVersions(backup);
  if (fileKey !== null) await requireRecordedHeader(path, backup.ageHeader);
  const recordedTarBytes = backup.plaintextBytes === null ? null : Number(backup.plaintextBytes);
  const limits = limitsFor(Number(backup.sizeBytes ?? 0n), recordedTarBytes);
  refuseBeyondQuota(limits.maxTarBytes);
  const expected = { sha256: backup.sha256 ?? "", storedBytes: Number(backup.sizeBytes ?? 0n) };
  const archive = await openArchive({ path, fileKey, limits, signal, expected, isProven: isProven(backup) });
  const { backupId, tenantId: writtenFor, system, formatVersion, productVersion } = archive.fullManifest;
  refuseNewerVersions({ formatVersion, productVersion });
  const isRecorded = backupId === backup.id && writtenFor === (backup.sourceTenantId ?? tenantId) && system.kind === backup.systemKind;
  if (isRecorded) return archive;
  throw new ArchiveError(
    "not-the-recorded-archive",
    "This archive says of itself that it is another backup than the catalogue says. Nothing was changed.",
  );
}

/** Whether the bytes with the recorded SHA-256 were read to their end, decrypted and checked, in the run that made them or since. */
function isProven(backup: ClaimedRestore["backup"]): boolean {
  return proofLevels.slice(proofLevels.indexOf("valid")).some((level) => level === backup.proven);
}

async function requireRecordedHeader(path: string, recorded: Uint8Array | null): Promise<void> {
  const header = await readHeader(createReadStream(path));
  if (recorded !== null && header.equals(recorded)) return;
  throw new ArchiveError("not-the-recorded-archive", "The archive's header is not the one that was recorded. Nothing was changed.");
}

function refuseBeyondQuota(tarBytes: number): void {
  const quotaBytes = env().HOLDFAST_UNPACK_QUOTA_BYTES;
  if (tarBytes <= quotaBytes) return;
  throw new ArchiveError(
    "too-large",
    `This archive may unfold to ${tarBytes} bytes, and one restore may unfold ${quotaBytes}. Nothing was changed.`,
  );
}
