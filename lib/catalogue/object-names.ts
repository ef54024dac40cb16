import { MAX_KEY_FILE_VERSION } from "#lib/backups/object-keys.ts";
import { idPrefixes } from "#lib/ids.ts";

/** Where a file lies that belongs to a backup: its folder's parts, and the backup's id. */
export interface BackupPlace {
  /** Everything before the extension, which archive and description have in common. */
  base: string;
  folder: string;
  systemId: string;
  year: string;
  month: string;
  backupId: string;
}

export type NamedObject =
  | { kind: "archive"; place: BackupPlace; isEncrypted: boolean }
  | { kind: "description"; place: BackupPlace }
  | { kind: "key"; folder: string; keyId: string; version: number }
  | { kind: "mark" }
  | { kind: "unknown" };

const id = (prefix: string) => `${prefix}_[0-9a-z]{26}`;
const { tenant, system, backup, key } = idPrefixes;
const FOLDER = new RegExp(`^${id(tenant)}$`);
const IN_BACKUPS = new RegExp(`^(${id(system)})/(\\d{4})/(\\d{2})/(${id(backup)})(\\.tar\\.zst\\.age|\\.tar\\.zst|\\.json)$`);
const IN_KEYS = new RegExp(`^keys/(${id(key)})\\.([1-9]\\d{0,8})\\.age$`);

/** Whether a folder of a destination can be one of ours: named after a tenant. */
export function isTenantFolder(name: string): boolean {
  return FOLDER.test(name);
}

/** What an object is by its name (docs/backup-format.md, "What lies in a destination"). */
export function readObjectName(objectKey: string): NamedObject {
  const slash = objectKey.indexOf("/");
  const [folder, rest] = [objectKey.slice(0, slash), objectKey.slice(slash + 1)];
  if (rest === "instance.json") return { kind: "mark" };
  const [, keyId, version] = IN_KEYS.exec(rest) ?? [];
  if (keyId !== undefined && Number(version) <= MAX_KEY_FILE_VERSION) return { kind: "key", folder, keyId, version: Number(version) };
  const [, systemId, year, month, backupId, extension] = IN_BACKUPS.exec(rest) ?? [];
  if (systemId === undefined || year === undefined || month === undefined || backupId === undefined || extension === undefined)
    return { kind: "unknown" };
  const place = { base: objectKey.slice(0, -extension.length), folder, systemId, year, month, backupId };
  return extension === ".json" ? { kind: "description", place } : { kind: "archive", place, isEncrypted: extension.endsWith(".age") };
}
