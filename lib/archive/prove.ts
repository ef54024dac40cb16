import type { Readable } from "node:stream";
import { ArchiveError } from "#lib/archive/archive-error.ts";
import { readArchive } from "#lib/archive/unpack.ts";
import type { ArchiveProof, ReadOptions } from "#lib/archive/unpack.ts";
import type { ArchiveEntry, EntryCheck } from "#lib/connectors/connector.ts";
import { verifyHeader } from "#lib/crypto/recipients.ts";

export interface ProveOptions extends ReadOptions {
  /** The connector's own truth check. */
  check?: EntryCheck;
  /** What the header was made of: proves that it is wrapped for these recipients, without any identity. */
  wrappedFor?: { recipients: readonly string[]; ephemerals: readonly Buffer[] };
  /** What was recorded while packing. */
  expected?: { sha256: string; storedBytes: number };
}

/**
 * Reads a stored archive to its end and proves all that can be proven of it: see readArchive, and `check`, `wrappedFor` and `expected` above.
 * Throws what readArchive throws, CryptoError "header-mismatch", ArchiveError "not-the-recorded-archive", or the check's own error.
 */
export async function proveArchive(stored: Readable, options: ProveOptions): Promise<ArchiveProof> {
  let headerProven = options.wrappedFor === undefined;
  const onHeader = (header: Buffer): void => {
    options.onHeader?.(header);
    if (options.wrappedFor === undefined || options.fileKey === null) return;
    verifyHeader(header, { fileKey: options.fileKey, ...options.wrappedFor });
    headerProven = true;
  };
  const walk = readArchive(stored, { ...options, onHeader });
  const proof = await walkWith(walk, options.check);
  if (!headerProven) throw new ArchiveError("not-the-recorded-archive", "This archive is not encrypted, although it was made encrypted.");
  requireExpected(proof, options.expected);
  await options.check?.finish();
  return proof;
}

async function walkWith(walk: AsyncGenerator<ArchiveEntry, ArchiveProof>, check: EntryCheck | undefined): Promise<ArchiveProof> {
  try {
    for (;;) {
      const step = await walk.next();
      if (step.done === true) return step.value;
      if (check === undefined) step.value.body.resume();
      else await check.entry(step.value.path, step.value.body);
    }
  } catch (error) {
    // Ends the walk, so that nothing stays open, and fails with this same error.
    await walk.throw(error);
    throw error;
  }
}

function requireExpected(proof: ArchiveProof, expected: ProveOptions["expected"]): void {
  if (expected === undefined) return;
  if (proof.sha256 === expected.sha256 && proof.storedBytes === expected.storedBytes) return;
  throw new ArchiveError("not-the-recorded-archive", "The stored archive is not the one that was recorded: its SHA-256 differs.");
}
