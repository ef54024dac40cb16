import ssh2 from "ssh2";
import { SshError } from "#lib/connectors/sftp/ssh-error.ts";

/** Throws SshError "bad-private-key" with the reason unless `privateKey` can be used with `passphrase`. */
export function assertPrivateKey(privateKey: string, passphrase: string | undefined): void {
  const parsed: unknown = ssh2.utils.parseKey(privateKey, passphrase);
  const key: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key instanceof Error) throw new SshError("bad-private-key", sentenceOf(key.message, passphrase));
  if (!isPrivate(key)) throw new SshError("bad-private-key", "This is a public key; paste the private one, the file without “.pub”.");
}

function sentenceOf(message: string, passphrase: string | undefined): string {
  if (/no passphrase/i.test(message)) return "The private key has a passphrase; type it too.";
  if (/integrity check failed|bad decrypt|wrong passphrase|bad passphrase/i.test(message) && passphrase !== undefined) {
    return "The passphrase does not open the private key.";
  }
  if (/unsupported (?!key format)/i.test(message))
    return "The private key is of a kind that is not supported; use Ed25519, ECDSA or RSA in OpenSSH's format.";
  return "This is not a private key; paste the whole file, from its BEGIN line to its END line.";
}

function isPrivate(key: unknown): boolean {
  return typeof key === "object" && key !== null && "isPrivateKey" in key && (key as ssh2.ParsedKey).isPrivateKey();
}
