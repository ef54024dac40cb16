import { formatDate } from "#components/ui/format-time.ts";
import { shortenMiddle } from "#components/ui/shorten-middle.ts";
import type { KeyDto, KeyMode } from "#lib/keys/schemas.ts";

export const modeWords: Record<KeyMode, string> = {
  passphrase: "Passphrase",
  managed: "Managed by Holdfast",
  off: "Not encrypted",
};

/** "Passphrase of 3 March 2026, 7F3A…C2": enough to tell keys apart in a row. */
export function keyName(key: Pick<KeyDto, "mode" | "fingerprint" | "createdAt">): string {
  if (key.mode === "off") return modeWords.off;
  const day = formatDate(new Date(key.createdAt), "UTC");
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
