"use client";

import Link from "next/link";
import { DownloadKeyFile } from "#components/keys/download-key-file.tsx";
import { KeyFacts } from "#components/keys/key-facts.tsx";
import { KeyWarnings } from "#components/keys/key-warnings.tsx";
import { OlderKeys } from "#components/keys/older-keys.tsx";
import { RecoveryLine } from "#components/keys/recovery-line.tsx";
import { useKeys } from "#components/keys/use-keys.ts";
import { AskButton, Can } from "#components/shared/can.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Card, CardContent, CardFooter, CardHeader } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { KeyDto } from "#lib/keys/schemas.ts";

/** What backups are encrypted to now, and what they were encrypted to before. */
export function KeysScreen() {
  const { query, current, isUnchosen } = useKeys();
  return (
    <>
      <PageHeader
        title="Keys"
        purpose="What your backups are encrypted to, now and before."
        action={<ChangeKey isUnchosen={isUnchosen} />}
      />
      <Loaded query={query} skeleton={<Skeleton className="h-96" />}>
        {(keys) => (
          <>
            {isUnchosen && <Unchosen />}
            <div className="flex flex-col gap-4 pb-8 empty:hidden">
              <KeyWarnings keys={keys} />
            </div>
            {current !== undefined && <CurrentKey current={current} />}
            <OlderKeys keys={keys.filter((key) => key.retiredAt !== null)} />
          </>
        )}
      </Loaded>
    </>
  );
}

function ChangeKey({ isUnchosen }: { isUnchosen: boolean }) {
  const path = useTenantPath();
  const words = isUnchosen ? "Choose a passphrase" : "Change the passphrase";
  return (
    <Can permission="keys.write" fallback={<AskButton permission="keys.write">{words}</AskButton>}>
      <Button asChild variant="primary">
        <Link href={path(isUnchosen ? "/keys/first" : "/keys/change")}>{words}</Link>
      </Button>
    </Can>
  );
}

function Unchosen() {
  return (
    <Callout kind="warning" title="Nobody has chosen a passphrase yet" className="mb-4">
      Until then Holdfast manages the key, and whoever controls this host can read the backups.
    </Callout>
  );
}

function CurrentKey({ current }: { current: KeyDto }) {
  return (
    <div className="grid gap-6 pb-10 2xl:grid-cols-2">
      <Card>
        <CardHeader title="The key of new backups" description="Every backup from now on is encrypted to it." />
        <CardContent>
          <KeyFacts keyToShow={current} />
        </CardContent>
        {current.mode !== "off" && (
          <CardFooter>
            <DownloadKeyFile keyToDownload={current} />
            <KeyLinks current={current} />
          </CardFooter>
        )}
      </Card>
      <Card>
        <CardHeader title="Without Holdfast" description={recoveryWords[current.mode]} />
        <CardContent className="flex flex-col gap-3">
          <RecoveryLine keyOfBackup={current} archiveName={current.mode === "off" ? "backup.tar.zst" : "backup.tar.zst.age"} />
          <p className="text-sm text-pretty text-muted">
            Put the name of the archive in the place of the last file name. A backup’s own page shows this line with its real names.
          </p>
        </CardContent>
      </Card>
    </div>
  );
}

function KeyLinks({ current }: { current: KeyDto }) {
  const path = useTenantPath();
  return (
    <>
      <Button asChild>
        <Link href={path(`/keys/${current.id}/sheet`)}>Print the recovery sheet</Link>
      </Button>
      <Button asChild>
        <Link href={path(`/keys/${current.id}`)}>All about this key</Link>
      </Button>
    </>
  );
}

const recoveryWords = {
  passphrase: "The archive, the protected key file and the passphrase are enough, with age, zstd and tar from any distribution.",
  managed: "The archive and the key file are enough, with age, zstd and tar from any distribution.",
  off: "The archive is enough, with zstd and tar from any distribution.",
};
