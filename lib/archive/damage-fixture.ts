import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { ArchiveError } from "#lib/archive/archive-error.ts";
import { fileEntry, MANIFEST, packToBuffer } from "#lib/archive/archive-fixture.ts";
import { limitsFor } from "#lib/archive/limits.ts";
import { seededRandom, type SeededRandom } from "#lib/archive/seeded-random.ts";
import { readArchive } from "#lib/archive/unpack.ts";
import { findHeaderEnd } from "#lib/crypto/header.ts";
import { CryptoError } from "#lib/crypto/crypto-error.ts";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { createFileKey, encryptHeader } from "#lib/crypto/recipients.ts";
import { CHUNK_BYTES, PAYLOAD_NONCE_BYTES, TAG_BYTES } from "#lib/crypto/stream.ts";

const SEALED_BYTES = CHUNK_BYTES + TAG_BYTES;
const FILES = 16;
const FILE_BYTES = 64 * 1024;

/** An encrypted archive of about 1 MiB that does not compress, so that every chunk of it carries content. */
export interface Victim {
  stored: Buffer;
  fileKey: Buffer;
  files: Map<string, Buffer>;
  /** Where its first chunk begins. */
  payloadAt: number;
}

/** Packs an archive of random files to one recipient. With `like`, under the same file key and recipient, as no two archives ever are. */
export async function makeVictim(like?: Victim): Promise<Victim> {
  const fileKey = like?.fileKey ?? createFileKey();
  const { header } = encryptHeader({ fileKey, recipients: [generateIdentity().recipient] });
  const files = new Map(Array.from({ length: FILES }, (_, index) => [`file-${index}.bin`, randomBytes(FILE_BYTES)]));
  const entries = [...files].map(([path, content]) => fileEntry(path, content));
  const manifest = { ...MANIFEST, key: { id: "key_1", mode: "managed" as const, fingerprint: "0123456789ABCDEF" } };
  const { stored } = await packToBuffer(entries, { manifest, encryption: { fileKey, header } });
  return { stored, fileKey, files, payloadAt: (findHeaderEnd(stored) ?? 0) + PAYLOAD_NONCE_BYTES };
}

export interface Alteration {
  name: string;
  bytes: Buffer;
}

/** Ways to damage an archive: `bits` single flipped bits, every chunk edge and `cuts` other places to cut at, and chunks moved, repeated, added and spliced. */
export function* alterations(victim: Victim, other: Victim, wanted: { bits: number; cuts: number; seed: number }): Generator<Alteration> {
  const random = seededRandom(wanted.seed);
  yield* flippedBits(victim, random, wanted.bits);
  yield* cutShort(victim, random, wanted.cuts);
  yield* rearranged(victim, random);
  yield* spliced(victim, other);
}

function* flippedBits({ stored }: Victim, random: SeededRandom, count: number): Generator<Alteration> {
  for (let index = 0; index < count; index++) {
    const at = random.below(stored.length);
    const bit = random.below(8);
    const bytes = Buffer.from(stored);
    bytes.writeUInt8(stored.readUInt8(at) ^ (1 << bit), at);
    yield { name: `bit ${bit} of byte ${at} flipped`, bytes };
  }
}

function* cutShort({ stored, payloadAt }: Victim, random: SeededRandom, count: number): Generator<Alteration> {
  const edges = Array.from(
    { length: Math.ceil((stored.length - payloadAt) / SEALED_BYTES) },
    (_, chunk) => payloadAt + chunk * SEALED_BYTES,
  );
  const places = [...edges, ...Array.from({ length: count }, () => random.below(stored.length))];
  for (const at of places) yield { name: `cut at byte ${at}`, bytes: stored.subarray(0, at) };
}

function* rearranged(victim: Victim, random: SeededRandom): Generator<Alteration> {
  const chunks = chunksOf(victim);
  const head = victim.stored.subarray(0, victim.payloadAt);
  const joined = (list: readonly Buffer[]): Buffer => Buffer.concat([head, ...list]);
  const one = random.below(chunks.length - 1);
  const swapped = chunks.with(one, chunks[one + 1] ?? head).with(one + 1, chunks[one] ?? head);
  yield { name: `chunks ${one} and ${one + 1} swapped`, bytes: joined(swapped) };
  yield {
    name: "the first and the last chunk swapped",
    bytes: joined([...chunks.slice(-1), ...chunks.slice(1, -1), ...chunks.slice(0, 1)]),
  };
  yield { name: `chunk ${one} repeated`, bytes: joined(chunks.toSpliced(one, 0, ...chunks.slice(one, one + 1))) };
  yield { name: "the last chunk repeated", bytes: joined([...chunks, ...chunks.slice(-1)]) };
  yield { name: `chunk ${one} left out`, bytes: joined(chunks.toSpliced(one, 1)) };
  yield { name: "one byte appended", bytes: Buffer.concat([victim.stored, Buffer.from([0])]) };
  yield { name: "a chunk of random bytes appended", bytes: Buffer.concat([victim.stored, random.bytes(SEALED_BYTES)]) };
}

/** Parts of two archives, even of two that wrongly share a file key. */
function* spliced(victim: Victim, other: Victim): Generator<Alteration> {
  const [mine, theirs] = [chunksOf(victim), chunksOf(other)];
  const head = victim.stored.subarray(0, victim.payloadAt);
  for (const at of [0, 1, Math.floor(mine.length / 2), mine.length - 1]) {
    yield {
      name: `the other archive's chunks from number ${at} on`,
      bytes: Buffer.concat([head, ...mine.slice(0, at), ...theirs.slice(at)]),
    };
  }
  yield { name: "the other archive appended", bytes: Buffer.concat([victim.stored, other.stored]) };
  const headerOnly = victim.stored.subarray(0, victim.payloadAt - PAYLOAD_NONCE_BYTES);
  const otherBody = other.stored.subarray(other.payloadAt - PAYLOAD_NONCE_BYTES);
  if (!victim.fileKey.equals(other.fileKey)) {
    yield { name: "this header before the other archive's payload", bytes: Buffer.concat([headerOnly, otherBody]) };
  }
}

function chunksOf({ stored, payloadAt }: Victim): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = payloadAt; at < stored.length; at += SEALED_BYTES) chunks.push(stored.subarray(at, at + SEALED_BYTES));
  return chunks;
}

/**
 * Reads altered bytes to the error that they must end in, and answers its sentence. Throws when they are accepted, when the error is not one for
 * people, or when a byte was given out that is not the original's.
 */
export async function refusalOf({ name, bytes }: Alteration, { files, fileKey }: Victim): Promise<string> {
  try {
    const walk = readArchive(Readable.from(inPieces(bytes)), { fileKey, limits: limitsFor(bytes.length, null) });
    for await (const entry of walk) await requireOriginal(entry.body, files.get(entry.path), name);
  } catch (error) {
    if (error instanceof ArchiveError || error instanceof CryptoError) return error.message;
    throw new Error(`${name}: not an error for people`, { cause: error });
  }
  throw new Error(`${name}: accepted`);
}

async function requireOriginal(body: Readable, original: Buffer | undefined, name: string): Promise<void> {
  let seenBytes = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    if (!original?.subarray(seenBytes, seenBytes + piece.length).equals(piece)) throw new Error(`${name}: altered content was given out`);
    seenBytes += piece.length;
  }
}

function* inPieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}
