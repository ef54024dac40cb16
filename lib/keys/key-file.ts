import { identityFile } from "#lib/crypto/identity-file.ts";
import type { KeyFile } from "#lib/keys/schemas.ts";

/** The file that a person keeps: for `age -d -i <file>`, which asks for the passphrase when the file is protected. */
export function keyFile(key: { id: string }, content: string): KeyFile {
  return { fileName: `holdfast-${key.id}.age`, content };
}

/** An unprotected identity, as `age-keygen` writes it. */
export function plainKeyFile(
  key: { id: string; recipient: string | null; createdAt: Date },
  identity: string,
  signingKey: string,
): KeyFile {
  const content = identityFile({ identity, recipient: key.recipient ?? "", createdAt: key.createdAt, signingKey });
  return { fileName: `holdfast-${key.id}.key`, content };
}
