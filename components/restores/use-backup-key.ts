"use client";

import type { PassphraseKey } from "#components/shared/proof-fields.tsx";
import { useApiQuery } from "#components/shared/use-api.ts";
import type { BackupDto } from "#lib/backups/schemas.ts";
import type { ProblemError } from "#lib/http/client.ts";
import type { KeyDto } from "#lib/keys/schemas.ts";

interface BackupKey {
  /** Both were read. */
  isKnown: boolean;
  backup: BackupDto | undefined;
  error: ProblemError | null;
  /** The key whose passphrase opens the backup; null where none is needed. */
  passphraseKey: PassphraseKey | null;
}

/** The backup, and the key that was current on its day. */
export function useBackupKey(backupId: string): BackupKey {
  const { data: backup, error } = useApiQuery<BackupDto>(`/backups/${backupId}`, {}, { enabled: backupId !== "" });
  const { data: key, error: keyError } = useApiQuery<KeyDto>(`/keys/${backup?.keyId ?? ""}`, {}, { enabled: backup !== undefined });
  return { isKnown: key !== undefined, backup, error: error ?? keyError, passphraseKey: key?.mode === "passphrase" ? key : null };
}
