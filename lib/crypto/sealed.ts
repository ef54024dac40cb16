import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { CryptoError } from "#lib/crypto/crypto-error.ts";

const VERSION = "s1";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals a value for a database row with AES-256-GCM (NIST SP 800-38D, random 96-bit nonce). `key` has 32 bytes.
 * `associatedData` names what the value is and whose ("destination:dst_…:secrets"): it opens under the same name only.
 * The text is `s1.` and base64url of nonce, ciphertext, tag.
 */
export function seal(key: Buffer, plaintext: string | Buffer, associatedData: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(contextOf(associatedData));
  const body = Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return `${VERSION}.${body.toString("base64url")}`;
}

/** Opens what `seal` made. Throws CryptoError "sealed" when key or name differ, or when the text was changed. */
export function open(key: Buffer, sealed: string, associatedData: string): Buffer {
  const [version, text, ...more] = sealed.split(".");
  const body = Buffer.from(text ?? "", "base64url");
  if (version !== VERSION || more.length > 0 || body.length < NONCE_BYTES + TAG_BYTES || body.toString("base64url") !== text) {
    throw new CryptoError("sealed", "A stored secret is not in a form that this version of Holdfast can read.");
  }
  const decipher = createDecipheriv("aes-256-gcm", key, body.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(contextOf(associatedData));
  decipher.setAuthTag(body.subarray(-TAG_BYTES));
  const plaintext = decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    return Buffer.concat([plaintext, decipher.final()]);
  } catch (error) {
    throw new CryptoError("sealed", "A stored secret does not open: its key is another one, or the row was changed.", { cause: error });
  }
}

function contextOf(associatedData: string): Buffer {
  return Buffer.from(`holdfast ${VERSION} ${associatedData}`);
}
