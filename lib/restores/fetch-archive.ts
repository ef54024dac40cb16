import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { raiseProof } from "#lib/backups/raise-proof.ts";
import { signerOf } from "#lib/catalogue/signers.ts";
import { type BadCopyKind, reportBadCopy, requirePlace } from "#lib/copies/report-bad-copy.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { openDestination } from "#lib/destinations/open-destination.ts";
import { ConnectorError, HoldfastError } from "#lib/errors.ts";
import { workFolder } from "#lib/installation.ts";
import type { ClaimedRestore } from "#lib/restores/claim-restore.ts";
import type { HeldRestore } from "#lib/restores/hold-restore.ts";

type Copy = ClaimedRestore["backup"]["copies"][number];

/**
 * Fetches the archive's ciphertext once into the work folder (mode 0600), from the first copy whose bytes are the recorded ones.
 * A copy that is damaged, swapped or gone is reported, as a verification would, and the next one is tried. The caller removes the file.
 * Throws ConnectorError "no-good-copy", which says of each copy what was wrong with it.
 */
export async function fetchArchive(restore: ClaimedRestore, held: HeldRestore): Promise<{ path: string; remove: () => Promise<void> }> {
  refuseForeign(restore);
  const path = archivePathOf(restore);
  const remove = () => rm(path, { force: true });
  await mkdir(workFolder(), { recursive: true, mode: 0o700 });
  const reasons: string[] = [];
  try {
    for (const copy of restore.backup.copies.filter(({ status }) => status === "stored")) {
      held.progress(`Fetching the archive from “${copy.destination.name}”`);
      const reason = await fetchCopy(restore, copy, path, held);
      if (reason === null) return { path, remove };
      reasons.push(`“${copy.destination.name}”: ${reason}`);
      await remove();
    }
  } catch (error) {
    await remove();
    throw error;
  }
  const found = reasons.length > 0 ? reasons.join(" ") : "there is none left.";
  throw new ConnectorError("no-good-copy", `No copy of this backup can be used. ${found}`);
}

/** Whoever asked for the restore has seen to this; nothing is fetched on the word of a row alone. */
function refuseForeign({ backup }: ClaimedRestore): void {
  if (backup.authenticity === "own" || (backup.authenticity === "signed" && signerOf(backup) !== null)) return;
  throw new ConnectorError("foreign-backup", "Nobody vouches for this backup, so it is not restored.");
}

/** Where the ciphertext of an attempt lies while it goes on. */
export function archivePathOf(restore: { id: string; attempt: number }): string {
  return join(workFolder(), `restore-${restore.id}-${restore.attempt}.archive`);
}

/** Null when the recorded bytes are in the file, else a sentence about why not. */
async function fetchCopy(restore: ClaimedRestore, copy: Copy, path: string, held: HeldRestore): Promise<string | null> {
  const { signal } = held;
  const { tenantId, backup } = restore;
  const about = { tenantId, backupId: backup.id, destinationId: copy.destinationId };
  const report = (kind: BadCopyKind) => reportBadCopy(about, kind, "restoring", { restoreId: restore.id });
  try {
    const session = await openDestination(tenantId, copy.destinationId, signal);
    try {
      await requirePlace(session, copy.objectKey);
      const hash = createHash("sha256");
      const body = await session.get(copy.objectKey);
      const file = createWriteStream(path, { flags: "wx", mode: 0o600 });
      await pipeline(body, (source: AsyncIterable<Buffer>) => measured(source, hash, backup.sizeBytes ?? 0n, held), file, { signal });
      if (hash.digest("hex") === backup.sha256) {
        await withTenant(tenantId, (db) => raiseProof(db, backup.id, "intact"));
        return null;
      }
    } finally {
      await session.close();
    }
    return await report("damaged");
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TooLong) return report("damaged");
    if (!(error instanceof HoldfastError)) throw error;
    return error.code === "missing" ? report("missing") : error.message;
  }
}

class TooLong extends Error {}

async function* measured(
  source: AsyncIterable<Buffer>,
  hash: { update(data: Buffer): unknown },
  sizeBytes: bigint,
  held: HeldRestore,
): AsyncGenerator<Buffer> {
  let seenBytes = 0n;
  for await (const data of source) {
    seenBytes += BigInt(data.length);
    if (seenBytes > sizeBytes) throw new TooLong();
    hash.update(data);
    held.moved();
    yield data;
  }
}
