"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { MemberName } from "#components/members/member-name.tsx";
import { PageCrumb } from "#components/frame/page-crumb.tsx";
import { PartialCopies } from "#components/runs/partial-copies.tsx";
import { RunActions } from "#components/runs/run-actions.tsx";
import { RunFailure } from "#components/runs/run-failure.tsx";
import { RunProgress } from "#components/runs/run-progress.tsx";
import { tookWords } from "#components/runs/runs-table.tsx";
import { triggerWords } from "#components/runs/run-words.ts";
import { useRun } from "#components/runs/use-run.ts";
import { Can } from "#components/shared/can.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { StateMark } from "#components/shared/state-mark.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Description, DescriptionList } from "#components/ui/description-list.tsx";
import { Mono } from "#components/ui/mono.tsx";
import { PageHeader, Section } from "#components/ui/page-header.tsx";
import { AbsoluteTime } from "#components/ui/relative-time.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { RunDto } from "#lib/runs/schemas.ts";

/** One run: its progress while it is under way, then how it ended. */
export function RunDetail({ id }: { id: string }) {
  const run = useRun(id);
  return (
    <Loaded query={run} skeleton={<RunSkeleton />}>
      {(present) => <Run run={present} />}
    </Loaded>
  );
}

function Run({ run }: { run: RunDto }) {
  return (
    <>
      <PageCrumb label={run.systemName} />
      <PageHeader
        title={`Backup of “${run.systemName}”`}
        purpose={purposeOf(run)}
        aside={<StateMark state={run.status} className="font-medium" />}
        action={<RunActions run={run} />}
      />
      <div className="flex max-w-prose flex-col gap-6 pb-10">
        <RunFailure run={run} action={run.status === "partial" && <BackupLink run={run} />} />
        {run.status === "partial" && run.backupId !== null && <PartialCopies backupId={run.backupId} />}
        {run.status === "completed" && run.backupId !== null && (
          <Callout kind="success" title="The backup is stored and proven" action={<BackupLink run={run} />}>
            It was fetched back, decrypted and checked entry by entry.
          </Callout>
        )}
        <RunProgress run={run} />
      </div>
      <Section title="Facts">
        <Facts run={run} />
      </Section>
    </>
  );
}

function BackupLink({ run }: { run: RunDto }) {
  const path = useTenantPath();
  return (
    <Button asChild variant="primary">
      <Link href={path(`/backups/${run.backupId}`)}>Look at the backup</Link>
    </Button>
  );
}

function purposeOf(run: RunDto): ReactNode {
  if (run.waitingFor !== null && run.status === "queued") return run.waitingFor;
  if (run.status === "running" && run.cancelRequestedAt !== null) return "It stops at the next safe moment and leaves nothing behind.";
  return run.trigger === "schedule" && run.policyName !== null ? `By the policy “${run.policyName}”.` : `${triggerWords[run.trigger]}.`;
}

function Facts({ run }: { run: RunDto }) {
  const path = useTenantPath();
  return (
    <DescriptionList className="max-w-prose">
      <Description term="System">
        <Link href={path(`/systems/${run.systemId}`)} className="rounded-sm text-accent hover:underline">
          {run.systemName}
        </Link>
      </Description>
      {run.policyId !== null && (
        <Description term="Policy">
          <Link href={path(`/policies/${run.policyId}`)} className="rounded-sm text-accent hover:underline">
            {run.policyName ?? "A deleted policy"}
          </Link>
        </Description>
      )}
      {run.requestedBy !== null && (
        <Can permission="members.read">
          <Description term="Asked for by">
            <MemberName memberId={run.requestedBy} />
          </Description>
        </Can>
      )}
      <Description term="Due">
        <AbsoluteTime value={run.dueAt} />
      </Description>
      <Description term="Began">{run.startedAt === null ? "Not yet" : <AbsoluteTime value={run.startedAt} />}</Description>
      <Description term="Took">{tookWords(run)}</Description>
      <Description term="Attempt">
        {run.attempt} of at most {run.attempts}
      </Description>
      {run.backupId !== null && (
        <Description term="Backup">
          <Link href={path(`/backups/${run.backupId}`)} className="rounded-sm text-accent hover:underline">
            Look at the backup
          </Link>
        </Description>
      )}
      <Description term="Run id">
        <Mono value={run.id} what="run id" />
      </Description>
    </DescriptionList>
  );
}

function RunSkeleton() {
  return (
    <div role="status">
      <span className="sr-only">Loading the run</span>
      <Skeleton className="h-9 w-72" />
      <Skeleton className="mt-2 mb-8 h-6 w-48" />
      <Skeleton className="h-60 max-w-prose" />
    </div>
  );
}
