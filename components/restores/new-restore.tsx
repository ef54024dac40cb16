"use client";

import { useRouter, useSearchParams } from "next/navigation";
import { PageCrumb } from "#components/frame/page-crumb.tsx";
import { BackupChoice } from "#components/restores/backup-choice.tsx";
import { ChosenBackup } from "#components/restores/chosen-backup.tsx";
import { PlanForm } from "#components/restores/plan-form.tsx";
import { RestoreFrame } from "#components/restores/restore-frame.tsx";
import { useBackupKey } from "#components/restores/use-backup-key.ts";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { Permitted } from "#components/shared/permitted.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";

/** The first two steps of a restore: which backup, and onto which system. What comes after has an address of its own. */
export function NewRestore() {
  const search = useSearchParams();
  const router = useRouter();
  const path = useTenantPath();
  const backupId = search.get("backup") ?? "";
  const key = useBackupKey(backupId);
  const choose = (id: string) => router.push(path(id === "" ? "/restores/new" : `/restores/new?backup=${id}`));
  return (
    <Permitted permission="restores.execute">
      <PageCrumb label="New restore" />
      <RestoreFrame
        title="Restore a backup"
        purpose="First comes a plan that changes nothing. You read it, prove who you are, and only then it happens."
        step={backupId === "" ? 0 : 1}
      >
        {backupId === "" ? (
          <BackupChoice onChosen={choose} />
        ) : (
          <>
            <ErrorPanel problem={key.error} title="This backup cannot be read" />
            {key.error === null && key.backup === undefined && <Skeleton className="h-80" />}
            {key.backup !== undefined && <ChosenBackup backup={key.backup} onChange={() => choose("")} />}
            {key.backup !== undefined && key.isKnown && (
              <PlanForm
                backup={key.backup}
                passphraseKey={key.passphraseKey}
                target={search.get("target")}
                onPlanned={(id) => router.push(path(`/restores/${id}`))}
              />
            )}
          </>
        )}
      </RestoreFrame>
    </Permitted>
  );
}
