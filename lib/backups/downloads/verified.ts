import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { ConnectorError } from "#lib/errors.ts";

/**
 * Gives out a stored archive and holds its last piece back until it is known to be the recorded one. Fails with ConnectorError "not-the-recorded-archive",
 * after `onOther` is done.
 */
export async function* verified(
  source: Readable,
  recorded: { sizeBytes: bigint | null; sha256: string | null },
  onOther: () => Promise<unknown>,
): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  let held: Buffer | null = null;
  let seenBytes = 0n;
  try {
    for await (const piece of source as AsyncIterable<Buffer>) {
      seenBytes += BigInt(piece.length);
      if (recorded.sizeBytes !== null && seenBytes > recorded.sizeBytes) throw await otherThanRecorded(onOther);
      hash.update(piece);
      if (held !== null) yield held;
      held = piece;
    }
  } finally {
    source.destroy();
  }
  if (hash.digest("hex") !== recorded.sha256) throw await otherThanRecorded(onOther);
  if (held !== null) yield held;
}

async function otherThanRecorded(onOther: () => Promise<unknown>): Promise<ConnectorError> {
  await onOther();
  return new ConnectorError(
    "not-the-recorded-archive",
    "The archive is damaged or was swapped: its SHA-256 is not the one in the catalogue.",
  );
}
