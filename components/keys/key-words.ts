import { formatDate } from "#components/ui/format-time.ts";
import { shortenMiddle } from "#components/ui/shorten-middle.ts";
import type { KeyDto, KeyFileCopy, KeyMode } from "#lib/keys/schemas.ts";

export const modeWords: Record<KeyMode, string> = {
  passphrase: "Passphrase",
  managed: "Managed by Holdfast",
  off: "Not encrypted",
};

/** "Passphrase of 3 March 2026, 7F3A…C2": enough to tell keys apart in a row. */
export function keyName(key: Pick<KeyDto, "mode" | "fingerprint" | "createdAt"> & { passphraseSetAt?: string }): string {
  if (key.mode === "off") return modeWords.off;
  const day = formatDate(new Date(key.passphraseSetAt ?? key.createdAt), "UTC");
  return `${key.mode === "passphrase" ? "Passphrase" : "Managed key"} of ${day}, ${shortFingerprint(key)}`;
}

export function shortFingerprint({ fingerprint }: { fingerprint: string }): string {
  return shortenMiddle(fingerprint, 4, 2);
}

/** The name of the key file as it is handed out; null where backups are not encrypted. */
export function keyFileName({ id, mode }: Pick<KeyDto, "id" | "mode">): string | null {
  if (mode === "off") return null;
  return `holdfast-${id}.${mode === "passphrase" ? "age" : "key"}`;
}

/** One line that opens an archive with nothing but age, zstd and tar. */
export function recoveryLine(key: Pick<KeyDto, "id" | "mode">, archiveName: string): string {
  const keyFile = keyFileName(key);
  return keyFile === null ? `zstd -d < ${archiveName} | tar x` : `age -d -i ${keyFile} ${archiveName} | zstd -d | tar x`;
}

type Unprotected = Pick<KeyDto, "isProtected" | "isOpened" | "mode" | "retiredAt" | "backupCount">;

/** Keys whose backups are lost together with this installation. */
export function unprotectedKeys<Key extends Unprotected>(keys: readonly Key[]): Key[] {
  return keys.filter(
    (key) => key.mode === "managed" && key.isOpened && !key.isProtected && (key.retiredAt === null || key.backupCount > 0),
  );
}

/** Keys of which it is to be proven again that they open. */
export function dueKeys<Key extends Pick<KeyDto, "isProofOverdue" | "isOpened">>(keys: readonly Key[]): Key[] {
  return keys.filter((key) => key.isProofOverdue && key.isOpened);
}

/** Keys that were found in a destination, and that nobody has opened here. */
export function foundKeys<Key extends Pick<KeyDto, "isOpened">>(keys: readonly Key[]): Key[] {
  return keys.filter((key) => !key.isOpened);
}

/** Files of new passphrases that a destination does not take. */
export function heldUpFiles(keys: readonly Pick<KeyDto, "copies" | "protectionVersion" | "isProtectionPending">[]): KeyFileCopy[] {
  return keys
    .filter((key) => key.isProtectionPending)
    .flatMap((key) => key.copies.filter((copy) => copy.version > key.protectionVersion && copy.failure !== null));
}

/** How a key's file stands in a destination, in words. */
export function fileWords(copy: Pick<KeyFileCopy, "version" | "status">, key: Pick<KeyDto, "protectionVersion">): string {
  if (copy.version < key.protectionVersion) {
    return `Old file, opens with the passphrase of before: ${copy.status === "deleting" ? "being removed" : "still lies there"}`;
  }
  const file = copy.version > key.protectionVersion ? "New passphrase" : "Key file";
  return `${file}: ${statusWords[copy.status]}`;
}

const statusWords: Record<KeyFileCopy["status"], string> = {
  writing: "not there yet",
  stored: "stored and read back",
  damaged: "changed by somebody, refused",
  missing: "missing; the next backup writes it again",
  deleting: "being removed",
};
