import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync } from "node:crypto";
import { Transform } from "node:stream";
import { CryptoError } from "#lib/crypto/crypto-error.ts";

/** Plaintext bytes of each chunk but the last. */
export const CHUNK_BYTES = 64 * 1024;
/** Authentication tag that follows each chunk. */
export const TAG_BYTES = 16;
/** Random bytes between header and payload. */
export const PAYLOAD_NONCE_BYTES = 16;

const COUNTER_BYTES = 11;

/** The key of a payload (C2SP age.md, "Payload"). `nonce` is the 16 random bytes that stand before it. */
export function payloadKey(fileKey: Buffer, nonce: Buffer): Buffer {
  return Buffer.from(hkdfSync("sha256", fileKey, nonce, "payload", 32));
}

/** A payload on its way through: `update` for each piece of input, `final` once; both give their output to `emit`. */
export interface PayloadCoder {
  update(data: Buffer, emit: (output: Buffer) => void): void;
  final(emit: (output: Buffer) => void): void;
}

/**
 * STREAM encryption under a 32-byte key that is used for nothing else: chunks of 64 KiB, each sealed with ChaCha20-Poly1305,
 * the last one marked. Holds one chunk in memory.
 */
export function payloadEncrypter(key: Buffer): PayloadCoder {
  const chunks = new ChunkNonce();
  // Made a key once, not for every chunk.
  const secret = createSecretKey(key);
  return cutter(CHUNK_BYTES, (plain, last, emit) => {
    const cipher = createCipheriv("chacha20-poly1305", secret, chunks.next(last), { authTagLength: TAG_BYTES });
    const body = cipher.update(plain);
    cipher.final();
    emit(body);
    emit(cipher.getAuthTag());
  });
}

/**
 * STREAM decryption. Gives out a chunk only after its tag was checked, and `final` succeeds only after the marked last chunk.
 * Throws CryptoError "payload" when the payload was changed, cut, reordered or continued.
 */
export function payloadDecrypter(key: Buffer): PayloadCoder {
  const chunks = new ChunkNonce();
  const secret = createSecretKey(key);
  return cutter(CHUNK_BYTES + TAG_BYTES, (sealed, last, emit) => {
    if (sealed.length < TAG_BYTES) throw damaged("ends too early");
    if (sealed.length === TAG_BYTES && chunks.used) throw damaged("ends with an empty chunk");
    const decipher = createDecipheriv("chacha20-poly1305", secret, chunks.next(last), { authTagLength: TAG_BYTES });
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const plain = decipher.update(sealed.subarray(0, -TAG_BYTES));
    try {
      decipher.final();
    } catch (error) {
      throw damaged(last ? "was changed or cut short" : "was changed", error);
    }
    emit(plain);
  });
}

/** A Transform around a coder. */
export function payloadStream(coder: PayloadCoder): Transform {
  return new Transform({
    transform(data: Buffer, _encoding, callback) {
      settle(callback, (emit) => coder.update(data, emit));
    },
    flush(callback) {
      settle(callback, (emit) => coder.final(emit));
    },
  });
}

/** Runs `work` and gives a stream's callback all that it emitted as one piece, or its error: each piece costs every stream after it. */
export function settle(callback: (error: Error | null, output?: Buffer) => void, work: (emit: (output: Buffer) => void) => void): void {
  const outputs: Buffer[] = [];
  try {
    work((output) => void outputs.push(output));
  } catch (error) {
    callback(error instanceof Error ? error : new Error(String(error)));
    return;
  }
  const [only] = outputs;
  if (only === undefined) callback(null);
  else callback(null, outputs.length === 1 ? only : Buffer.concat(outputs));
}

/** Counts chunks: 11 bytes, big endian, and a byte that is 1 for the last chunk only. */
class ChunkNonce {
  readonly #nonce = Buffer.alloc(COUNTER_BYTES + 1);
  #used = false;

  get used(): boolean {
    return this.#used;
  }

  next(last: boolean): Buffer {
    if (this.#used) this.#increment();
    this.#used = true;
    this.#nonce[COUNTER_BYTES] = last ? 1 : 0;
    return this.#nonce;
  }

  #increment(): void {
    for (let index = COUNTER_BYTES - 1; index >= 0; index -= 1) {
      const byte = ((this.#nonce[index] ?? 0) + 1) & 0xff;
      this.#nonce[index] = byte;
      if (byte !== 0) return;
    }
  }
}

/** Cuts a stream into pieces of `pieceBytes` and maps each; the last piece (which may be short, or empty) is known only at the end. */
function cutter(pieceBytes: number, map: (piece: Buffer, last: boolean, emit: (output: Buffer) => void) => void): PayloadCoder {
  const held = Buffer.allocUnsafeSlow(pieceBytes);
  let heldBytes = 0;
  return {
    update(data, emit) {
      for (let offset = 0; offset < data.length;) {
        if (heldBytes === pieceBytes) {
          map(held, false, emit);
          heldBytes = 0;
        }
        // A whole piece with more behind it needs no copy.
        if (heldBytes === 0 && data.length - offset > pieceBytes) {
          map(data.subarray(offset, offset + pieceBytes), false, emit);
          offset += pieceBytes;
          continue;
        }
        const copiedBytes = data.copy(held, heldBytes, offset, offset + pieceBytes - heldBytes);
        heldBytes += copiedBytes;
        offset += copiedBytes;
      }
    },
    final(emit) {
      map(held.subarray(0, heldBytes), true, emit);
    },
  };
}

function damaged(how: string, cause?: unknown): CryptoError {
  return new CryptoError("payload", `The encrypted data ${how}.`, { cause });
}
