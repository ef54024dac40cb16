import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { Decrypter, Encrypter } from "age-encryption";
import { describe, expect, test } from "vitest";
import { ageDecrypt, ageDecryptStream, ageEncrypt, ageEncryptStream, readHeader } from "#lib/crypto/age.ts";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { createFileKey, encryptHeader, fileKeyFromHeader, verifyHeader } from "#lib/crypto/recipients.ts";

const SIZES = [0, 1, 65535, 65536, 65537, 131071, 131072, 131073, 300_000];
const key = generateIdentity();

describe("round trips", () => {
  test.each(SIZES)("%i bytes, in pieces of odd size", async (sizeBytes) => {
    const plain = randomBytes(sizeBytes);
    const { file, fileKey } = await encrypt(plain);
    expect((await decrypt(piecesOf(file, 1009), fileKey)).equals(plain)).toBe(true);
    expect((await decrypt(piecesOf(file, 200_000), fileKey)).equals(plain)).toBe(true);
    expect((await ageDecrypt(file, key.identity)).equals(plain)).toBe(true);
  });

  test("byte by byte", async () => {
    const { file, fileKey } = await encrypt(Buffer.from("small"));
    expect((await decrypt(piecesOf(file, 1), fileKey)).toString()).toBe("small");
  });
});

describe("with the age-encryption library", () => {
  test.each(SIZES)("reads what we write, %i bytes", async (sizeBytes) => {
    const plain = randomBytes(sizeBytes);
    const decrypter = new Decrypter();
    decrypter.addIdentity(key.identity);
    expect(Buffer.from(await decrypter.decrypt(await ageEncrypt(plain, [generateIdentity().recipient, key.recipient]))).equals(plain)).toBe(
      true,
    );
  });

  test.each(SIZES)("writes what we read, %i bytes", async (sizeBytes) => {
    const plain = randomBytes(sizeBytes);
    const encrypter = new Encrypter();
    encrypter.addRecipient(generateIdentity().recipient);
    encrypter.addRecipient(key.recipient);
    expect((await ageDecrypt(Buffer.from(await encrypter.encrypt(plain)), key.identity)).equals(plain)).toBe(true);
  });
});

describe("damage", () => {
  test("cut at every interesting byte: always refused, and never more than whole chunks come out", async () => {
    const plain = randomBytes(131_072 + 10);
    const { file, fileKey, headerBytes } = await encrypt(plain);
    const payloadAt = headerBytes + 16;
    const edges = [0, headerBytes, payloadAt, payloadAt + 65_552, payloadAt + 2 * 65_552, file.length];
    const cuts = new Set(edges.flatMap((edge) => [-17, -16, -15, -1, 0, 1, 15, 16, 17].map((offset) => edge + offset)));
    for (let byte = 0; byte <= payloadAt; byte += 1) cuts.add(byte);
    for (const cut of [...cuts].filter((byte) => byte >= 0 && byte < file.length)) {
      const { error, released } = await attempt(file.subarray(0, cut), fileKey);
      expect(error, `cut at ${cut}`).toMatchObject({ code: cut < payloadAt ? "header" : "payload" });
      expect(released.length % 65_536).toBe(0);
      expect(plain.subarray(0, released.length).equals(released)).toBe(true);
    }
  });

  test("any flipped bit, repeated, swapped or appended chunk is refused", async () => {
    const { file, fileKey, headerBytes } = await encrypt(randomBytes(150_000));
    const chunk = (index: number) => file.subarray(headerBytes + 16 + index * 65_552, headerBytes + 16 + (index + 1) * 65_552);
    const start = file.subarray(0, headerBytes + 16);
    const broken = [
      Buffer.concat([start, chunk(1), chunk(0), chunk(2)]),
      Buffer.concat([start, chunk(0), chunk(0), chunk(1), chunk(2)]),
      Buffer.concat([start, chunk(0), chunk(2)]),
      Buffer.concat([file, Buffer.from([0])]),
      Buffer.concat([file, chunk(2)]),
      ...Array.from({ length: 60 }, () => flipBit(file, Math.floor(Math.random() * file.length))),
    ];
    for (const bytes of broken) expect((await attempt(bytes, fileKey)).error).not.toBeNull();
  });

  test("a header of megabytes or of thousands of stanzas is refused before its end", async () => {
    const endless = Readable.from(
      (function* () {
        yield Buffer.from("age-encryption.org/v1\n");
        for (;;) yield Buffer.from("-> X25519 a\n\n".repeat(100));
      })(),
    );
    await expect(readHeader(endless)).rejects.toMatchObject({ code: "header" });
    const many = Buffer.from(`age-encryption.org/v1\n${"-> a\n\n".repeat(3000)}--- ${"A".repeat(43)}\n`);
    await expect(ageDecrypt(many, key.identity)).rejects.toMatchObject({ code: "header" });
  });

  test("another file's key does not open it", async () => {
    const { file } = await encrypt(Buffer.from("x"));
    await expect(decrypt(piecesOf(file, 100), createFileKey())).rejects.toMatchObject({ code: "header-mac" });
  });
});

describe("headers", () => {
  const fileKey = createFileKey();
  const other = generateIdentity();
  const recipients = [key.recipient, other.recipient];

  test("each identity finds its stanza, a third does not", () => {
    const { header } = encryptHeader({ fileKey, recipients });
    expect(fileKeyFromHeader(header, key.identity).equals(fileKey)).toBe(true);
    expect(fileKeyFromHeader(header, other.identity).equals(fileKey)).toBe(true);
    expect(() => fileKeyFromHeader(header, generateIdentity().identity)).toThrow("another key");
  });

  test("are proven from the ephemeral secrets alone", () => {
    const { header, ephemerals } = encryptHeader({ fileKey, recipients });
    verifyHeader(header, { fileKey, recipients, ephemerals });
    const stranger = generateIdentity().recipient;
    const wrong = [
      { fileKey, recipients: [key.recipient], ephemerals },
      { fileKey, recipients: [key.recipient, stranger], ephemerals },
      { fileKey, recipients: [other.recipient, key.recipient], ephemerals },
      { fileKey: createFileKey(), recipients, ephemerals },
      { fileKey, recipients, ephemerals: [...ephemerals].reverse() },
    ];
    for (const parts of wrong) expect(() => verifyHeader(header, parts)).toThrow(expect.objectContaining({ code: "header-mismatch" }));
    const { header: again } = encryptHeader({ fileKey, recipients });
    expect(() => verifyHeader(again, { fileKey, recipients, ephemerals })).toThrow(key.recipient);
  });

  test("the read-back sees the header it proves, and a refusal there fails the stream", async () => {
    const { file, fileKey: own, headerBytes } = await encrypt(Buffer.from("content"));
    const seen: Buffer[] = [];
    const stream = ageDecryptStream({ fileKey: own, onHeader: (header) => seen.push(header) });
    stream.end(file);
    expect((await buffer(stream)).toString()).toBe("content");
    expect(Buffer.concat(seen).equals(file.subarray(0, headerBytes))).toBe(true);
    const refusing = ageDecryptStream({
      fileKey: own,
      onHeader: () => {
        throw new Error("not ours");
      },
    });
    refusing.end(file);
    await expect(buffer(refusing)).rejects.toThrow("not ours");
  });
});

test("a stalled reader stops the writer: memory stays at a few chunks", async () => {
  const fileKey = createFileKey();
  let taken = 0;
  const source = Readable.from(
    (function* () {
      for (; taken < 500; taken += 1) yield Buffer.alloc(65_536);
    })(),
    { objectMode: false },
  );
  const encrypted = source.pipe(ageEncryptStream(fileKey, encryptHeader({ fileKey, recipients: [key.recipient] }).header));
  const decrypted = encrypted.pipe(ageDecryptStream({ fileKey }));
  decrypted.read(1);
  await new Promise((resolve) => decrypted.once("readable", resolve));
  await new Promise((resolve) => setImmediate(resolve));
  expect(taken).toBeLessThan(20);
  const hash = createHash("sha256");
  await pipeline(decrypted, hash);
  expect(taken).toBe(500);
});

async function encrypt(plain: Buffer): Promise<{ file: Buffer; fileKey: Buffer; headerBytes: number }> {
  const fileKey = createFileKey();
  const { header } = encryptHeader({ fileKey, recipients: [key.recipient] });
  return {
    file: await buffer(Readable.from(piecesOf(plain, 777)).pipe(ageEncryptStream(fileKey, header))),
    fileKey,
    headerBytes: header.length,
  };
}

async function decrypt(pieces: Buffer[], fileKey: Buffer): Promise<Buffer> {
  const stream = ageDecryptStream({ fileKey });
  const [plain] = await Promise.all([buffer(stream), pipeline(Readable.from(pieces), stream, { end: true })]);
  return plain;
}

async function attempt(file: Buffer, fileKey: Buffer): Promise<{ error: unknown; released: Buffer }> {
  const stream = ageDecryptStream({ fileKey });
  const released: Buffer[] = [];
  stream.end(file);
  try {
    for await (const plain of stream) released.push(plain as Buffer);
  } catch (error) {
    return { error, released: Buffer.concat(released) };
  }
  return { error: null, released: Buffer.concat(released) };
}

function flipBit(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8));
  return copy;
}

function piecesOf(bytes: Buffer, pieceBytes: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, index) =>
    bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  );
}
