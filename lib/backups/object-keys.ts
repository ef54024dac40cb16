/** Where an archive and the description beside it lie in a destination. `createdAt` counts in UTC. */
export function objectKeysOf(backup: { tenantId: string; systemId: string; backupId: string; createdAt: Date; isEncrypted: boolean }): {
  objectKey: string;
  descriptionKey: string;
} {
  const year = String(backup.createdAt.getUTCFullYear());
  const month = String(backup.createdAt.getUTCMonth() + 1).padStart(2, "0");
  const base = [backup.tenantId, backup.systemId, year, month, backup.backupId].join("/");
  return { objectKey: `${base}.tar.zst${backup.isEncrypted ? ".age" : ""}`, descriptionKey: `${base}.json` };
}

/** The highest number in the name of a key file that is written, and that is read: far beyond what passphrases are changed. */
export const MAX_KEY_FILE_VERSION = 99_999;

/** Where a key's identity lies, encrypted under its passphrase; `version` rises when the passphrase changes. */
export function keyFileKey(key: { tenantId: string; keyId: string; version: number }): string {
  return `${key.tenantId}/keys/${key.keyId}.${key.version}.age`;
}

/** Where a destination says which installation writes a tenant's backups there. */
export function instanceKey(tenantId: string): string {
  return `${tenantId}/instance.json`;
}
