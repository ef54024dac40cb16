import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { zstdCompressSync } from "node:zlib";
import { ArchiveError } from "#lib/archive/archive-error.ts";
import { fileEntry, folderEntry, linkEntry, MANIFEST, listOf, packToBuffer } from "#lib/archive/archive-fixture.ts";
import { mutateJson } from "#lib/archive/fuzz-json.ts";
import { describeArchive, type Description, parseIndex, parseManifest } from "#lib/archive/manifest.ts";
import type { SeededRandom } from "#lib/archive/seeded-random.ts";
import { readTar } from "#lib/archive/tar-reader.ts";
import { decompress } from "#lib/archive/zstd.ts";
import { readDescription, signedDescription } from "#lib/backups/signed-description.ts";
import { readHeader } from "#lib/crypto/age.ts";
import { CryptoError } from "#lib/crypto/crypto-error.ts";
import { parseHeader } from "#lib/crypto/header.ts";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { createFileKey, encryptHeader } from "#lib/crypto/recipients.ts";
import { generateSigningKey, signMessage } from "#lib/crypto/signature.ts";

/** A reader of foreign bytes, and whole inputs to begin from. */
export interface FuzzTarget {
  corpus: [Buffer, ...Buffer[]];
  /** Three of four inputs are whole JSON of other values then: of bytes that are broken, most go no further than the syntax. */
  isJson?: boolean;
  read(bytes: Buffer, random: SeededRandom): Promise<void>;
}

/** What an input may unfold to before reading it is given up; inputs themselves have some kilobytes. */
const MOST_PLAIN_BYTES = 8 * 1024 * 1024;

/** Every reader that sees bytes which nobody has authenticated yet. */
export async function fuzzTargets(): Promise<Record<string, FuzzTarget>> {
  const { index, stored } = await packToBuffer([
    fileEntry("a/b.txt", "hello"),
    linkEntry("link", "a/b.txt"),
    folderEntry("empty"),
    fileEntry("ü".repeat(90), "x".repeat(700)),
  ]);
  const tar = await buffer(Readable.from(decompress(pieces([stored]))));
  const packed = { storedBytes: 10, tarBytes: 20, sha256: "0".repeat(64), index };
  const description = signed(describeArchive(MANIFEST, packed, { name: "bak_1.tar.zst.age", number: 1 }));
  return {
    manifest: textTarget(MANIFEST, parseManifest),
    index: textTarget(listOf(index), parseIndex),
    description: textTarget(description, readDescription),
    "age header": headerTarget(),
    tar: { corpus: [tar], read: async (bytes, random) => walkTar(pieces(cutUp(bytes, random))) },
    zstd: { corpus: [stored, Buffer.concat([zstdCompressSync(tar), zstdCompressSync(Buffer.alloc(100_000))])], read: unfold },
  };
}

function signed(description: Description): object {
  const { seed, publicKey } = generateSigningKey();
  return JSON.parse(signedDescription(description, { publicKey, sign: (message) => signMessage(seed, message) })) as object;
}

function textTarget(value: object, parse: (text: string) => unknown): FuzzTarget {
  return {
    isJson: true,
    corpus: [Buffer.from(JSON.stringify(value)), Buffer.from(JSON.stringify(value, null, 2))],
    read: async (bytes) => {
      await Promise.resolve(bytes.toString()).then(parse);
    },
  };
}

function headerTarget(): FuzzTarget {
  const fileKey = createFileKey();
  const recipients = Array.from({ length: 3 }, () => generateIdentity().recipient);
  const scrypt = `age-encryption.org/v1\n-> scrypt ${"A".repeat(22)} 18\n${"A".repeat(43)}\n--- ${"A".repeat(43)}\n`;
  return {
    corpus: [
      encryptHeader({ fileKey, recipients }).header,
      encryptHeader({ fileKey, recipients: recipients.slice(0, 1) }).header,
      Buffer.from(scrypt),
    ],
    read: async (bytes, random) => void parseHeader(await readHeader(pieces(cutUp(bytes, random)))),
  };
}

async function walkTar(source: AsyncIterable<Buffer>): Promise<void> {
  for await (const entry of readTar(source)) while ((await entry.read()) !== null);
}

async function unfold(bytes: Buffer, random: SeededRandom): Promise<void> {
  let plainBytes = 0;
  for await (const plain of decompress(pieces(cutUp(bytes, random)))) {
    plainBytes += plain.length;
    if (plainBytes > MOST_PLAIN_BYTES) return;
  }
}

/** Reads one input, and answers the sentence that refuses it, if one does. An error for people is an answer; anything else is a finding, and is thrown. */
export async function tryInput(target: FuzzTarget, bytes: Buffer, random: SeededRandom): Promise<string | null> {
  try {
    await target.read(bytes, random);
    return null;
  } catch (error) {
    if (error instanceof ArchiveError || error instanceof CryptoError) return error.message;
    throw error;
  }
}

type Mutation = (bytes: Buffer, random: SeededRandom) => Buffer;

/** Breaks an input of the corpus in one to eight ways. */
export function mutate({ corpus, isJson }: FuzzTarget, random: SeededRandom): Buffer {
  if (isJson && random.below(4) > 0) return Buffer.from(mutateJson(random.pick(corpus).toString(), random));
  let bytes: Buffer = Buffer.from(random.pick(corpus));
  for (let left = 1 + random.below(8); left > 0; left--) bytes = random.pick(mutations)(bytes, random);
  return bytes;
}

const INTERESTING = [
  "0",
  "-1",
  "1e309",
  "9007199254740993",
  "null",
  "{}",
  "[]",
  '""',
  "\0",
  "\u{feff}",
  "\n",
  "\n---",
  "-> ",
  "\xff",
  " ",
  "77777777777",
  "../",
  "__proto__",
] as const;

const mutations: [Mutation, ...Mutation[]] = [
  (bytes, random) => withByte(bytes, random, (byte) => byte ^ (1 << random.below(8))),
  (bytes, random) => withByte(bytes, random, () => random.pick([0, 0x7f, 0x80, 0xff, random.below(256)])),
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random) => spliceAt(bytes, random, random.bytes(random.below(40))),
  (bytes, random) => spliceAt(bytes, random, Buffer.from(random.pick(INTERESTING), "latin1")),
  (bytes, random) => {
    const from = random.below(bytes.length + 1);
    return spliceAt(bytes, random, bytes.subarray(from, from + random.below(600)));
  },
  (bytes, random) => {
    const from = random.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + random.below(600))]);
  },
];

function withByte(bytes: Buffer, random: SeededRandom, change: (byte: number) => number): Buffer {
  if (bytes.length === 0) return bytes;
  const changed = Buffer.from(bytes);
  const at = random.below(bytes.length);
  changed.writeUInt8(change(changed.readUInt8(at)) & 0xff, at);
  return changed;
}

function spliceAt(bytes: Buffer, random: SeededRandom, more: Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
}

function cutUp(bytes: Buffer, random: SeededRandom): Buffer[] {
  const size = 1 + random.below(random.pick([3, 100, 5000, 70_000]));
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, piece) => bytes.subarray(piece * size, (piece + 1) * size));
}

async function* pieces(list: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const piece of list) yield await Promise.resolve(piece);
}
