"use client";

import { PageCrumb } from "#components/frame/page-crumb.tsx";
import { AddCopy } from "#components/backups/add-copy.tsx";
import { BackupActions } from "#components/backups/backup-actions.tsx";
import { BackupFacts } from "#components/backups/backup-facts.tsx";
import { BackupKey } from "#components/backups/backup-key.tsx";
import { ForeignBackup } from "#components/backups/foreign-backup.tsx";
import { CopiesTable } from "#components/backups/copies-table.tsx";
import { isOnlyOnThisMachine } from "#components/backups/copy-words.ts";
import { pinWords } from "#components/backups/pin-backup.tsx";
import { OnlyOnThisMachine } from "#components/backups/only-on-this-machine.tsx";
import { ProofCard } from "#components/backups/proof-card.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { Permitted } from "#components/shared/permitted.tsx";
import { useApiQuery } from "#components/shared/use-api.ts";
import { Badge } from "#components/ui/badge.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { PageHeader, Section } from "#components/ui/page-header.tsx";
import { AbsoluteTime, RelativeTime } from "#components/ui/relative-time.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { BackupDto } from "#lib/backups/schemas.ts";

/** One backup: what is proven, where it lies, what opens it. */
export function BackupDetail({ id }: { id: string }) {
  const backup = useApiQuery<BackupDto>(`/backups/${id}`);
  return (
    <Permitted permission="backups.read">
      <Loaded query={backup} skeleton={<Skeleton className="h-[40rem]" />}>
        {(present) => <Backup backup={present} />}
      </Loaded>
    </Permitted>
  );
}

function Backup({ backup }: { backup: BackupDto }) {
  return (
    <>
      <PageCrumb label={backup.systemName} />
      <PageHeader
        title={`Backup of “${backup.systemName}”`}
        purpose={
          <>
            Made <RelativeTime value={backup.createdAt} />, on <AbsoluteTime value={backup.createdAt} />.
          </>
        }
        aside={backup.pinned && <Badge>{pinWords(backup)}</Badge>}
        action={<BackupActions backup={backup} />}
      />
      <div className="flex flex-col gap-6 pb-10">
        <InTrash backup={backup} />
        <ForeignBackup backup={backup} />
        {backup.status === "completed" && isOnlyOnThisMachine(backup.copies) && <OnlyOnThisMachine what="This backup is" />}
        <ProofCard backup={backup} />
        <div className="grid gap-6 2xl:grid-cols-2">
          <BackupFacts backup={backup} />
          <BackupKey backup={backup} />
        </div>
      </div>
      <Section
        title="Copies"
        purpose="Where this archive lies. The name is the one to look for in the destination."
        action={<AddCopy backup={backup} />}
      >
        <CopiesTable backup={backup} />
      </Section>
      {backup.notInBackup.length > 0 && (
        <Section title="Not in this backup" purpose="A restore does not bring these back; set them up by hand.">
          <ul className="flex max-w-prose list-disc flex-col gap-1 ps-5 text-base">
            {backup.notInBackup.map((phrase) => (
              <li key={phrase} className="first-letter:uppercase">
                {phrase}
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

function InTrash({ backup }: { backup: BackupDto }) {
  if (backup.status === "deleting") return <Callout kind="warning" title="This backup is being removed for good" />;
  if (backup.status !== "trashed") return null;
  return (
    <Callout kind="warning" title="This backup is in the trash">
      It was put there <RelativeTime value={backup.trashedAt} />. After 7 days it is removed for good; until then it can be taken out again.
    </Callout>
  );
}
