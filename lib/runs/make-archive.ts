import { Readable } from "node:stream";
import type { EntryIndex } from "#lib/archive/entry-index.ts";
import { packArchive } from "#lib/archive/pack.ts";
import type { SpooledBody } from "#lib/archive/spool.ts";
import { createFileKey, encryptHeader } from "#lib/crypto/recipients.ts";
import { recipientsOf } from "#lib/keys/current-key.ts";
import { faultPoint } from "#lib/runs/fault-points.ts";
import type { Attempt, PlannedBackup } from "#lib/runs/prepare-backup.ts";
import type { ProgressKeeper } from "#lib/runs/progress.ts";

/** How an archive was encrypted. In memory only, until the stored archive was proven to be wrapped just so. */
export interface Encryption {
  fileKey: Buffer;
  header: Buffer;
  recipients: readonly string[];
  ephemerals: readonly Buffer[];
}

/** An archive in the work folder, ready to be stored anywhere. */
export interface MadeArchive {
  sizeBytes: number;
  /** Of the bytes to store, hex. */
  sha256: string;
  tarBytes: number;
  index: EntryIndex;
  /** Null with mode off. */
  encryption: Encryption | null;
  /** Reads it from its beginning; one reader at a time. */
  read(): Readable;
  release(): Promise<void>;
}

/**
 * Captures, packs and encrypts once, into a nameless work file: a system that fails half-way leaves no destination with half an archive, and each
 * destination gets the same bytes. Memory does not grow with the archive, and the file is gone with the process.
 */
export async function makeArchive({ progress, signal }: Attempt, backup: PlannedBackup): Promise<MadeArchive> {
  progress.enter("capture");
  const encryption = encryptionFor(backup);
  const { stream, finished } = packArchive({
    manifest: backup.manifest,
    entries: backup.capture.entries,
    encryption,
    spool: backup.spool,
    signal,
    onProgress: ({ entries }) => {
      progress.entries = entries;
    },
  });
  const isEncrypted = encryption !== null;
  const spooled = await backup.spool.hold(countedIn(stream, progress), "the archive", { isEncrypted });
  const packed = await finished;
  await faultPoint("after-capture");
  progress.entries = packed.index.totals.entries;
  const { index, sha256, tarBytes, storedBytes } = packed;
  return { sizeBytes: storedBytes, sha256, tarBytes, index, encryption, ...handleOf(spooled) };
}

async function* countedIn(packed: Readable, progress: ProgressKeeper): AsyncGenerator<Buffer> {
  for await (const data of packed as AsyncIterable<Buffer>) {
    progress.bytes += data.length;
    await faultPoint("during-capture");
    yield data;
  }
}

function handleOf(spooled: SpooledBody): Pick<MadeArchive, "read" | "release"> {
  return { read: () => Readable.from(spooled.read(), { objectMode: false }), release: () => spooled.release() };
}

function encryptionFor({ key }: PlannedBackup): Encryption | null {
  const recipients = recipientsOf(key);
  if (recipients.length === 0) return null;
  const fileKey = createFileKey();
  return { fileKey, recipients, ...encryptHeader({ fileKey, recipients }) };
}
