"use client";

import { useKeys } from "#components/keys/use-keys.ts";
import { ProofDialog } from "#components/shared/proof-dialog.tsx";
import { followDownload } from "#components/shared/save-text-file.ts";
import { useApiMutation } from "#components/shared/use-api.ts";
import { toast } from "#components/ui/toast.tsx";
import type { BackupDto } from "#lib/backups/schemas.ts";

interface DownloadBackupProps {
  backup: Pick<BackupDto, "id" | "systemName" | "keyId">;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Hands an archive out, still encrypted, after the proof. */
export function DownloadBackup({ backup, open, onOpenChange }: DownloadBackupProps) {
  const { keys } = useKeys();
  const download = useApiMutation<{ url: string }>("POST", `/backups/${backup.id}/downloads`);
  const key = keys?.find(({ id }) => id === backup.keyId);
  if (key === undefined) return null;
  return (
    <ProofDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Download the backup of “${backup.systemName}”`}
      description={
        key.mode === "off"
          ? "The file is not encrypted: whoever has it can read it."
          : "The file stays encrypted; it opens only with its key file and, where there is one, the passphrase."
      }
      passphraseKey={key.mode === "passphrase" ? key : null}
      action="Download backup"
      onProven={async (proof) => {
        const { url } = await download.mutateAsync({ ...proof });
        followDownload(url);
        toast.success("The download has begun.");
      }}
    />
  );
}
