import { createDecipheriv, createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { armor } from "age-encryption";
import * as vectors from "cctv-age";
import { describe, expect, test } from "vitest";
import { ageDecryptStream, readHeader } from "#lib/crypto/age.ts";
import { CryptoError } from "#lib/crypto/crypto-error.ts";
import { findHeaderEnd, formatHeader, parseHeader } from "#lib/crypto/header.ts";
import { openWithPassphrase } from "#lib/crypto/passphrase.ts";
import { fileKeyFromHeader } from "#lib/crypto/recipients.ts";
import { CHUNK_BYTES, payloadKey, TAG_BYTES } from "#lib/crypto/stream.ts";

/*
 * All test vectors of the age v1 specification (C2SP CCTV), by the code that answers for them here:
 * - header, stanza, hmac, x25519 and stream payload: our own code, end to end;
 * - scrypt: our own check of the header, then the library in its thread;
 * - armor: the library's decoder (key files are the only armored ones), then our own code;
 * - hybrid (post-quantum) recipients are not offered: their headers must parse or fail as the vector says, the identity is refused,
 *   and their payload opens with the file key.
 */
type Outcome = "success" | "no match" | "HMAC failure" | "header failure" | "payload failure" | "armor failure";

interface Vector {
  expect: string;
  payload: string | null;
  fileKey: Buffer | null;
  identities: string[];
  passphrases: string[];
  armored: boolean;
  file: Buffer;
}

const OUTCOMES: Record<string, Outcome> = {
  header: "header failure",
  "low-order-point": "header failure",
  "work-factor": "header failure",
  "header-mac": "HMAC failure",
  "no-match": "no match",
  payload: "payload failure",
};

const all = Object.entries(vectors).map(([name, bytes]) => ({ name, ...parseVector(Buffer.from(bytes)) }));
const hybrid = all.filter((vector) => vector.identities.some((identity) => identity.startsWith("AGE-SECRET-KEY-PQ-")));
const passphrase = all.filter((vector) => vector.passphrases.length > 0 && vector.identities.length === 0);
const native = all.filter((vector) => !hybrid.includes(vector) && !passphrase.includes(vector));

test("every vector of the package belongs to one of the groups", () => {
  expect(all.length).toBe(143);
  expect(native.length + passphrase.length + hybrid.length).toBe(143);
});

describe("X25519, header, MAC and payload", () => {
  test.each(native)("$name: $expect", async (vector) => {
    const result = await decrypt(vector);
    expect(result.outcome).toBe(vector.expect);
    if (vector.payload === null) return;
    if (vector.expect === "success") expect(sha256(result.released)).toBe(vector.payload);
    // Of a damaged payload no more than the authentic part may come out. Ours gives less: never the chunk before the damage is known to be none.
    const authentic = authenticPlaintext(result.file, vector.fileKey ?? Buffer.alloc(0));
    expect(sha256(authentic)).toBe(vector.payload);
    expect(authentic.subarray(0, result.released.length).equals(result.released)).toBe(true);
  });
});

describe("scrypt", () => {
  test.each(passphrase)("$name: $expect", async (vector) => {
    const result = await openPassphrase(vector);
    if (vector.expect === "success") expect(sha256(result ?? Buffer.alloc(0))).toBe(vector.payload);
    // A file without a stanza of type "scrypt" is not a key file: it is refused before the passphrase is tried.
    else if (vector.expect === "no match" && vector.name !== "scrypt_uppercase") expect(result).toBeNull();
    else expect(result).toBe("refused");
  });
});

describe("hybrid recipients", () => {
  test.each(hybrid)("$name: $expect", async (vector) => {
    const file = vector.armored ? Buffer.from(armor.decode(vector.file.toString("latin1"))) : vector.file;
    const header = await readHeader(chunksOf(file));
    for (const identity of vector.identities.filter((text) => text.startsWith("AGE-SECRET-KEY-PQ-"))) {
      expect(() => fileKeyFromHeader(header, identity)).toThrow(CryptoError);
    }
    if (vector.expect !== "success" || vector.fileKey === null) return;
    const released = await decryptPayload(file, vector.fileKey);
    expect(sha256(released.bytes)).toBe(vector.payload);
  });
});

describe("headers that parse", () => {
  const parsing = all.filter((vector) => !vector.armored && vector.fileKey !== null && ["success", "no match"].includes(vector.expect));
  test.each(parsing)("$name is written again byte for byte", async (vector) => {
    const header = await readHeader(chunksOf(vector.file));
    expect(formatHeader(parseHeader(header).stanzas, vector.fileKey ?? Buffer.alloc(0)).equals(header)).toBe(true);
  });
});

async function decrypt(vector: Vector): Promise<{ outcome: string; released: Buffer; file: Buffer }> {
  let file = vector.file;
  if (vector.armored) {
    try {
      file = Buffer.from(armor.decode(file.toString("latin1")));
    } catch {
      return { outcome: "armor failure", released: Buffer.alloc(0), file };
    }
  }
  try {
    const fileKey = unlock(await readHeader(chunksOf(file)), vector.identities);
    const payload = await decryptPayload(file, fileKey);
    return { outcome: payload.error === null ? "success" : outcomeOf(payload.error), released: payload.bytes, file };
  } catch (error) {
    return { outcome: outcomeOf(error), released: Buffer.alloc(0), file };
  }
}

/** Some vectors give several identities; the first that matches counts. Without one, the header must already fail. */
function unlock(header: Buffer, identities: string[]): Buffer {
  parseHeader(header);
  for (const identity of identities) {
    try {
      return fileKeyFromHeader(header, identity);
    } catch (error) {
      if (!(error instanceof CryptoError) || error.code !== "no-match") throw error;
    }
  }
  throw new CryptoError("no-match", "No identity of the vector matched.");
}

async function decryptPayload(file: Buffer, fileKey: Buffer): Promise<{ bytes: Buffer; error: unknown }> {
  const stream = ageDecryptStream({ fileKey });
  const released: Buffer[] = [];
  stream.end(file);
  try {
    for await (const plain of stream) released.push(plain as Buffer);
    return { bytes: Buffer.concat(released), error: null };
  } catch (error) {
    return { bytes: Buffer.concat(released), error };
  }
}

/** Everything of a payload whose tag is right under either last-chunk flag, up to the first last chunk or failure: the reference's answer. */
function authenticPlaintext(file: Buffer, fileKey: Buffer): Buffer {
  const nonceAt = findHeaderEnd(file) ?? 0;
  const key = payloadKey(fileKey, file.subarray(nonceAt, nonceAt + 16));
  const plain: Buffer[] = [];
  for (let chunk = 0, offset = nonceAt + 16; offset < file.length; chunk += 1, offset += CHUNK_BYTES + TAG_BYTES) {
    const sealed = file.subarray(offset, offset + CHUNK_BYTES + TAG_BYTES);
    const full = sealed.length === CHUNK_BYTES + TAG_BYTES;
    const opened = (full ? openChunk(key, sealed, chunk, 0) : null) ?? openChunk(key, sealed, chunk, 1);
    if (opened === null) break;
    plain.push(opened.plain);
    if (opened.flag === 1) break;
  }
  return Buffer.concat(plain);
}

function openChunk(key: Buffer, sealed: Buffer, counter: number, flag: 0 | 1): { plain: Buffer; flag: 0 | 1 } | null {
  if (sealed.length < TAG_BYTES) return null;
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(counter, 7);
  nonce[11] = flag;
  const decipher = createDecipheriv("chacha20-poly1305", key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const plain = decipher.update(sealed.subarray(0, -TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return { plain, flag };
}

async function openPassphrase(vector: Vector): Promise<Buffer | "refused" | null> {
  for (const phrase of vector.passphrases) {
    try {
      return await openWithPassphrase(vector.file, phrase);
    } catch (error) {
      if (!(error instanceof CryptoError)) throw error;
      if (error.code !== "wrong-passphrase") return "refused";
    }
  }
  return null;
}

function outcomeOf(error: unknown): string {
  return error instanceof CryptoError ? (OUTCOMES[error.code] ?? error.code) : String(error);
}

function parseVector(bytes: Buffer): Vector {
  const end = bytes.indexOf("\n\n");
  const pairs = bytes
    .subarray(0, end)
    .toString()
    .split("\n")
    .map((line) => ({ key: line.slice(0, line.indexOf(":")), value: line.slice(line.indexOf(":") + 2) }));
  const values = (key: string) => pairs.filter((pair) => pair.key === key).map((pair) => pair.value);
  const body = bytes.subarray(end + 2);
  const [fileKey] = values("file key");
  return {
    expect: values("expect")[0] ?? "",
    payload: values("payload")[0] ?? null,
    fileKey: fileKey === undefined ? null : Buffer.from(fileKey, "hex"),
    identities: values("identity"),
    passphrases: values("passphrase"),
    armored: values("armored").includes("yes"),
    file: values("compressed").includes("zlib") ? inflateSync(body) : body,
  };
}

function sha256(bytes: Buffer | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function* chunksOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let offset = 0; offset < bytes.length; offset += 37) yield bytes.subarray(offset, offset + 37);
}
