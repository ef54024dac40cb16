import { parseIdentity } from "#lib/crypto/identity.ts";

/** What stands in an identity file beside comments. */
export interface OpenedKeyFile {
  /** `AGE-SECRET-KEY-1…` */
  identity: string;
  /** The raw Ed25519 key, in base64, whose signatures under descriptions are to be believed; null in files without one. */
  signingKey: string | null;
}

const SIGNING_KEY_LINE = /^# signing key: ([A-Za-z0-9+/]{43}=)$/;

/** An identity file as `age-keygen` writes it, with the tenant's signing key in one more comment, which age passes over. */
export function identityFile(file: { identity: string; recipient: string; createdAt: Date; signingKey: string | null }): string {
  parseIdentity(file.identity);
  const signingLine = file.signingKey === null ? "" : `# signing key: ${file.signingKey}\n`;
  return `# created: ${file.createdAt.toISOString()}\n# public key: ${file.recipient}\n${signingLine}${file.identity}\n`;
}

/** Reads an identity file; null when there is no identity in it. Throws CryptoError "invalid-identity" when what stands there is none. */
export function readIdentityFile(text: string): OpenedKeyFile | null {
  const lines = text.split("\n").map((line) => line.trim());
  const identity = lines.find((line) => line.startsWith("AGE-SECRET-KEY-1"));
  if (identity === undefined) return null;
  parseIdentity(identity);
  const signingKey = lines.map((line) => SIGNING_KEY_LINE.exec(line)?.[1]).find((key) => key !== undefined);
  return { identity, signingKey: signingKey ?? null };
}
