"use client";

import { archiveNameOf } from "#components/backups/copy-words.ts";
import { DownloadKeyFile } from "#components/keys/download-key-file.tsx";
import { RecoveryRecipients } from "#components/keys/key-facts.tsx";
import { modeWords } from "#components/keys/key-words.ts";
import { RecoveryLine } from "#components/keys/recovery-line.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { useApiQuery } from "#components/shared/use-api.ts";
import { Card, CardContent, CardFooter, CardHeader } from "#components/ui/card.tsx";
import { Description, DescriptionList } from "#components/ui/description-list.tsx";
import { formatDate } from "#components/ui/format-time.ts";
import { Mono } from "#components/ui/mono.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { BackupDto } from "#lib/backups/schemas.ts";
import type { KeyDto } from "#lib/keys/schemas.ts";

/** The key that opens a backup, and the one line that does it without Holdfast. */
export function BackupKey({ backup }: { backup: BackupDto }) {
  const query = useApiQuery<KeyDto>(`/keys/${backup.keyId}`);
  return (
    <Card className="flex flex-col">
      <CardHeader title="What opens it" description="The key of its own day, whatever was set since." />
      <CardContent className="flex flex-1 flex-col gap-4">
        <Loaded query={query} skeleton={<Skeleton className="h-48" />}>
          {(key) => <KeyOfBackup keyOfBackup={key} archiveName={archiveNameOf(backup)} />}
        </Loaded>
      </CardContent>
      {query.data !== undefined && query.data.mode !== "off" && (
        <CardFooter>
          <DownloadKeyFile keyToDownload={query.data} />
        </CardFooter>
      )}
    </Card>
  );
}

function KeyOfBackup({ keyOfBackup: key, archiveName }: { keyOfBackup: KeyDto; archiveName: string }) {
  return (
    <>
      <DescriptionList>
        <Description term="Encryption">{modeWords[key.mode]}</Description>
        {key.mode !== "off" && (
          <Description term="Fingerprint">
            <Mono value={key.fingerprint} what="fingerprint" shorten={false} />
          </Description>
        )}
        {key.mode === "passphrase" && (
          <>
            <Description term="Needs">The passphrase set on {formatDate(new Date(key.passphraseSetAt), "UTC")}</Description>
            <Description term="Hint">{key.hint ?? <span className="text-muted">None</span>}</Description>
          </>
        )}
        {!key.isProtected && key.mode === "managed" && (
          <Description term="Opens">
            {key.isOpened ? "Only in this installation, which alone has the key" : "Nowhere here until its key file is brought"}
          </Description>
        )}
        <RecoveryRecipients recipients={key.recoveryRecipients} />
      </DescriptionList>
      <div className="flex flex-col gap-2">
        <p className="text-sm text-muted">
          Without Holdfast, in an empty folder with the archive{key.mode === "off" ? "" : " and the key file"}:
        </p>
        {/* A download carries the system and the day before the name that the archive has in its destinations. */}
        <RecoveryLine keyOfBackup={key} archiveName={`*${archiveName}`} />
      </div>
    </>
  );
}
