import { randomBytes } from "node:crypto";
import { Transform } from "node:stream";
import { buffer } from "node:stream/consumers";
import { CryptoError } from "#lib/crypto/crypto-error.ts";
import { findHeaderEnd, parseHeader, verifyHeaderMac } from "#lib/crypto/header.ts";
import { createFileKey, encryptHeader, fileKeyFromHeader } from "#lib/crypto/recipients.ts";
import { PAYLOAD_NONCE_BYTES, payloadDecrypter, payloadEncrypter, payloadKey, payloadStream, settle } from "#lib/crypto/stream.ts";
import type { PayloadCoder } from "#lib/crypto/stream.ts";

/** Encrypts a stream to an age v1 file: `header` (from encryptHeader), 16 random bytes, the payload in chunks of 64 KiB. */
export function ageEncryptStream(fileKey: Buffer, header: Buffer): Transform {
  const nonce = randomBytes(PAYLOAD_NONCE_BYTES);
  const stream = payloadStream(payloadEncrypter(payloadKey(fileKey, nonce)));
  stream.push(Buffer.concat([header, nonce]));
  return stream;
}

/**
 * Decrypts a whole age v1 file with its file key. `onHeader` is given the header's bytes once its MAC was checked;
 * when it throws, the stream fails with that error. Fails with CryptoError "header", "header-mac" or "payload";
 * gives out nothing that was not authenticated.
 */
export function ageDecryptStream(options: { fileKey: Buffer; onHeader?: (header: Buffer) => void }): Transform {
  const start = new FileStart();
  let payload: PayloadCoder | null = null;
  const enter = (data: Buffer): Buffer => {
    const found = start.add(data);
    if (found === null) return Buffer.alloc(0);
    verifyHeaderMac(parseHeader(found.header), options.fileKey);
    options.onHeader?.(found.header);
    payload = payloadDecrypter(payloadKey(options.fileKey, found.nonce));
    return found.rest;
  };
  return new Transform({
    transform(data: Buffer, _encoding, callback) {
      settle(callback, (emit) => {
        const rest = payload === null ? enter(data) : data;
        payload?.update(rest, emit);
      });
    },
    flush(callback) {
      settle(callback, (emit) => {
        if (payload === null) throw cutInHeader();
        payload.final(emit);
      });
    },
  });
}

/** Reads only the header of a stored file, from its version line to the newline after its MAC. Throws CryptoError "header". */
export async function readHeader(source: AsyncIterable<Buffer>): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  for await (const data of source) {
    bytes = Buffer.concat([bytes, data]);
    const end = findHeaderEnd(bytes);
    if (end !== null) return bytes.subarray(0, end);
  }
  throw cutInHeader();
}

/** Encrypts a small value, held in memory, to one or more recipients. */
export async function ageEncrypt(plain: Buffer, recipients: readonly string[]): Promise<Buffer> {
  const fileKey = createFileKey();
  const stream = ageEncryptStream(fileKey, encryptHeader({ fileKey, recipients }).header);
  stream.end(plain);
  return buffer(stream);
}

/** Decrypts a small file, held in memory, with an identity. Errors as fileKeyFromHeader and ageDecryptStream. */
export async function ageDecrypt(file: Buffer, identity: string): Promise<Buffer> {
  const fileKey = fileKeyFromHeader(await readHeader(once(file)), identity);
  const stream = ageDecryptStream({ fileKey });
  stream.end(file);
  return buffer(stream);
}

/** Collects what stands before the payload. */
class FileStart {
  #bytes = Buffer.alloc(0);

  add(data: Buffer): { header: Buffer; nonce: Buffer; rest: Buffer } | null {
    this.#bytes = Buffer.concat([this.#bytes, data]);
    const end = findHeaderEnd(this.#bytes);
    if (end === null || this.#bytes.length < end + PAYLOAD_NONCE_BYTES) return null;
    return {
      header: this.#bytes.subarray(0, end),
      nonce: this.#bytes.subarray(end, end + PAYLOAD_NONCE_BYTES),
      rest: this.#bytes.subarray(end + PAYLOAD_NONCE_BYTES),
    };
  }
}

function cutInHeader(): CryptoError {
  return new CryptoError("header", "This is not a readable age file: it ends within its header.");
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
