"use client";

import Link from "next/link";
import { PageCrumb } from "#components/frame/page-crumb.tsx";
import { AdoptKey } from "#components/keys/adopt-key.tsx";
import { DownloadKeyFile } from "#components/keys/download-key-file.tsx";
import { KeyFacts } from "#components/keys/key-facts.tsx";
import { KeyFilePlaces } from "#components/keys/key-file-places.tsx";
import { KeyWarnings } from "#components/keys/key-warnings.tsx";
import { keyName } from "#components/keys/key-words.ts";
import { RecoveryLine } from "#components/keys/recovery-line.tsx";
import { AskButton, Can } from "#components/shared/can.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiQuery } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Card, CardContent, CardFooter, CardHeader } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { KeyDto } from "#lib/keys/schemas.ts";

/** One key: what is known of it, where its file lies, and what can be done with it. */
export function KeyDetail({ id }: { id: string }) {
  const query = useApiQuery<KeyDto>(`/keys/${id}`);
  return (
    <Loaded query={query} skeleton={<Skeleton className="h-96" />}>
      {(key) => <PresentKey present={key} />}
    </Loaded>
  );
}

function PresentKey({ present: key }: { present: KeyDto }) {
  return (
    <>
      <PageCrumb label={keyName(key)} />
      <PageHeader
        title={keyName(key)}
        purpose={
          key.retiredAt === null
            ? "Every backup from now on is encrypted to this key."
            : "An older key: the backups of its time open with it, and with nothing newer."
        }
        action={<SheetLink present={key} />}
      />
      <div className="flex flex-col gap-6 pb-10">
        {key.isOpened && <KeyWarnings keys={[key]} />}
        {key.isProtectionPending && (
          <Callout title="A new passphrase is on its way">
            It counts once every destination below holds the new key file. Until then the old and the new passphrase both open.
          </Callout>
        )}
        {!key.isOpened && <AdoptKey keyToOpen={key} />}
        <div className="grid gap-6 2xl:grid-cols-2">
          <Card>
            <CardHeader title="What is known of it" description="None of this is secret." />
            <CardContent>
              <KeyFacts keyToShow={key} />
            </CardContent>
            <KeyActions present={key} />
          </Card>
          <Card>
            <CardHeader
              title="Without Holdfast"
              description="With age, zstd and tar from any distribution, in an empty folder with the archive."
            />
            <CardContent>
              <RecoveryLine keyOfBackup={key} archiveName={key.mode === "off" ? "backup.tar.zst" : "backup.tar.zst.age"} />
            </CardContent>
          </Card>
        </div>
        {key.mode === "passphrase" && <KeyFilePlaces keyToShow={key} />}
      </div>
    </>
  );
}

function SheetLink({ present: key }: { present: KeyDto }) {
  const path = useTenantPath();
  return (
    <Button asChild>
      <Link href={path(`/keys/${key.id}/sheet`)}>Print the recovery sheet</Link>
    </Button>
  );
}

/** Prove, take the file, change the passphrase: each where it makes sense. */
function KeyActions({ present: key }: { present: KeyDto }) {
  const path = useTenantPath();
  if (key.mode === "off" || !key.isOpened) return null;
  return (
    <CardFooter>
      <Can permission="backups.download" fallback={<AskButton permission="backups.download">Prove that it opens</AskButton>}>
        <Button asChild>
          <Link href={path(`/keys/${key.id}/prove`)}>Prove that it opens</Link>
        </Button>
      </Can>
      <DownloadKeyFile keyToDownload={key} />
      {key.mode === "passphrase" && !key.isProtectionPending && (
        <Can permission="keys.write" fallback={<AskButton permission="keys.write">Change this key’s passphrase</AskButton>}>
          <Button asChild>
            <Link href={path(`/keys/${key.id}/passphrase`)}>Change this key’s passphrase</Link>
          </Button>
        </Can>
      )}
    </CardFooter>
  );
}
