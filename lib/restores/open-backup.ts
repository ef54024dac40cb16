import { createReadStream } from "node:fs";
import { ArchiveError } from "#lib/archive/archive-error.ts";
import { type OpenArchive, openArchive } from "#lib/archive/archive-reader.ts";
import { limitsFor } from "#lib/archive/limits.ts";
import { readHeader } from "#lib/crypto/age.ts";
import { env } from "#lib/env.ts";
import type { ClaimedRestore } from "#lib/restores/claim-restore.ts";
import { refuseNewerVersions } from "#lib/restores/version-rule.ts";

/**
 * Opens a fetched archive after proving all of it: the recorded bytes, the recorded header, the recorded size within, and that it
 * is the backup that the catalogue says. Throws ArchiveError, CryptoError, InvalidInputError "newer-…".
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
  const archive = await openArchive({ path, fileKey, limits, signal, expected });
  const { backupId, tenantId: writtenFor, system, formatVersion, productVersion } = archive.fullManifest;
  refuseNewerVersions({ formatVersion, productVersion });
  const isRecorded = backupId === backup.id && writtenFor === (backup.sourceTenantId ?? tenantId) && system.kind === backup.systemKind;
  if (isRecorded) return archive;
  throw new ArchiveError(
    "not-the-recorded-archive",
    "This archive says of itself that it is another backup than the catalogue says. Nothing was changed.",
  );
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
