"use client";

import { Download, Printer } from "lucide-react";
import { DownloadKeyFile } from "#components/keys/download-key-file.tsx";
import type { ChosenKey } from "#components/keys/key-form.tsx";
import { RecoveryLine } from "#components/keys/recovery-line.tsx";
import { saveTextFile } from "#components/shared/save-text-file.ts";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Button } from "#components/ui/button.tsx";
import { Card, CardContent, CardHeader } from "#components/ui/card.tsx";

interface KeyHandedOutProps {
  chosen: ChosenKey;
  onTaken?: () => void;
}

/** Right after a key was chosen: the file to put away, and what it is good for. */
export function KeyHandedOut({ chosen, onTaken }: KeyHandedOutProps) {
  const { keyFile } = chosen;
  const path = useTenantPath();
  if (chosen.mode === "off") return null;
  return (
    <Card>
      <CardHeader
        title={chosen.mode === "passphrase" ? "Put the protected key file away" : "Take the key away"}
        description={words[chosen.mode]}
      />
      <CardContent className="flex flex-col items-start gap-4">
        {keyFile === null ? (
          <DownloadKeyFile keyToDownload={chosen} />
        ) : (
          <Button
            variant="primary"
            onClick={() => {
              saveTextFile(keyFile);
              onTaken?.();
            }}
          >
            <Download aria-hidden /> Download protected key file
          </Button>
        )}
        <div className="flex w-full flex-col gap-2 text-sm">
          <p className="text-muted">With it, this one line opens any backup, without Holdfast:</p>
          <RecoveryLine keyOfBackup={chosen} archiveName="backup.tar.zst.age" />
        </div>
        {/* In a page of its own, so that the first steps stay where they are. */}
        <Button asChild>
          <a href={path(`/keys/${chosen.id}/sheet`)} target="_blank" rel="noreferrer">
            <Printer aria-hidden /> Print the recovery sheet
          </a>
        </Button>
      </CardContent>
    </Card>
  );
}

const words = {
  passphrase: "It is worth nothing without the passphrase, so it may lie beside your other documents. Keep it apart from this machine.",
  managed: "This file opens every backup by itself. Keep it where you keep master keys, apart from this machine.",
};
