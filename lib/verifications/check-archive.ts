import { Readable } from "node:stream";
import { ArchiveError } from "#lib/archive/archive-error.ts";
import { proveArchive } from "#lib/archive/prove.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { CaptureError } from "#lib/connectors/errors.ts";
import { systemConnectors } from "#lib/connectors/registry.ts";
import { recordedBytesOf } from "#lib/copies/run-copy.ts";
import { areRecorded, readThrough } from "#lib/copies/stored-bytes.ts";
import { CryptoError } from "#lib/crypto/crypto-error.ts";
import type { ClaimedVerification } from "#lib/verifications/claim-verification.ts";
import type { Opening } from "#lib/verifications/file-key-of.ts";
import { unpackLimits } from "#lib/verifications/unpack-limits.ts";

/** What a stored archive turned out to be. */
export type ArchiveVerdict =
  | { kind: "good"; proven: "intact" | "decryptable" | "valid" }
  /** The recorded bytes, which do not open as they should. */
  | { kind: "unsound"; proven: "intact" | "decryptable"; message: string }
  /** Other bytes than the recorded ones. */
  | { kind: "other"; sha256: string };

export interface ArchiveCheck {
  backup: ClaimedVerification["backup"];
  opening: Opening;
  signal: AbortSignal;
  onBytes: (bytes: number) => void;
}

/** Reads a stored archive to its end: compares it, and where it can be opened, decrypts, parses and checks all of it. Throws DestinationError. */
export async function checkArchive(session: DestinationSession, objectKey: string, check: ArchiveCheck): Promise<ArchiveVerdict> {
  if (!check.opening.canOpen) return compareOnly(session, objectKey, check);
  const connector = Object.hasOwn(systemConnectors, check.backup.systemKind) ? systemConnectors[check.backup.systemKind] : undefined;
  try {
    await prove(await session.get(objectKey), check, connector?.check());
    return { kind: "good", proven: connector ? "valid" : "decryptable" };
  } catch (error) {
    check.signal.throwIfAborted();
    if (!(error instanceof ArchiveError || error instanceof CryptoError || error instanceof CaptureError)) throw error;
    const verdict = await compareOnly(session, objectKey, check);
    if (verdict.kind === "other") return verdict;
    return { kind: "unsound", proven: error instanceof CryptoError ? "intact" : "decryptable", message: error.message };
  }
}

type Connector = NonNullable<(typeof systemConnectors)[string]>;

async function prove(
  stored: Readable,
  { backup, opening, signal, onBytes }: ArchiveCheck,
  check: ReturnType<Connector["check"]> | undefined,
) {
  const { sha256, sizeBytes } = recordedBytesOf(backup);
  await proveArchive(Readable.from(counted(stored, onBytes), { objectMode: false }), {
    fileKey: opening.fileKey,
    limits: unpackLimits(backup),
    signal,
    expected: { sha256, storedBytes: sizeBytes },
    ...(check && { check }),
    onManifest: (manifest) => {
      if (manifest.backupId === backup.id && manifest.system.kind === backup.systemKind) return;
      throw new ArchiveError("not-the-recorded-archive", "The archive says of itself that it is another backup than the catalogue says.");
    },
  });
}

async function* counted(stored: Readable, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const data of stored as AsyncIterable<Buffer>) {
    onBytes(data.length);
    yield data;
  }
}

async function compareOnly(session: DestinationSession, objectKey: string, check: ArchiveCheck): Promise<ArchiveVerdict> {
  const recorded = recordedBytesOf(check.backup);
  const seen = await readThrough(await session.get(objectKey), recorded.sizeBytes, (bytes) => {
    check.signal.throwIfAborted();
    check.onBytes(bytes);
  });
  return areRecorded(seen, recorded) ? { kind: "good", proven: "intact" } : { kind: "other", sha256: seen.sha256 };
}
