"use client";

import Link from "next/link";
import { type ReactNode, useState } from "react";
import { PageCrumb } from "#components/frame/page-crumb.tsx";
import { CancelRestore } from "#components/restores/cancel-restore.tsx";
import { ExecuteRestore } from "#components/restores/execute-restore.tsx";
import { RestoreFrame } from "#components/restores/restore-frame.tsx";
import { RestorePlan, Sentences } from "#components/restores/restore-plan.tsx";
import { RestoreReport, SafetyBackup } from "#components/restores/restore-report.tsx";
import { isAtWork, statusLooks, stepOf } from "#components/restores/restore-words.ts";
import { useBackupKey } from "#components/restores/use-backup-key.ts";
import { useRestore } from "#components/restores/use-restore.ts";
import { AskButton, useCan } from "#components/shared/can.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { StateMark } from "#components/shared/state-mark.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { RestoreDto } from "#lib/restores/schemas.ts";

/** One restore from its plan to its report; the address stays good after everybody had to sign in again. */
export function RestoreDetail({ id }: { id: string }) {
  const restore = useRestore(id);
  return (
    <Loaded query={restore} skeleton={<Skeleton className="h-96" />}>
      {(present) => <Restore restore={present} />}
    </Loaded>
  );
}

function Restore({ restore }: { restore: RestoreDto }) {
  const [isProving, setProving] = useState(false);
  const path = useTenantPath();
  const step = restore.status === "planned" && isProving ? 3 : stepOf(restore.status);
  return (
    <RestoreFrame
      title={`Restore of “${restore.systemName}”`}
      purpose={
        <>
          Asked for by {restore.requestedBy} <RelativeTime value={restore.createdAt} />, from{" "}
          <Link href={path(`/backups/${restore.backupId}`)} className="rounded-sm text-accent underline underline-offset-4">
            this backup
          </Link>
          .{restore.executedBy !== null && ` Carried out by ${restore.executedBy}.`}
        </>
      }
      step={step}
      aside={<StateMark {...statusLooks[restore.status]} className="font-medium" />}
      action={<CancelRestore restore={restore} />}
    >
      <PageCrumb label={restore.systemName} />
      <Working restore={restore} />
      <Ended restore={restore} />
      {restore.report !== null && <RestoreReport restore={restore} report={restore.report} />}
      {restore.plan !== null && restore.report === null && restore.status !== "expired" && <RestorePlan plan={restore.plan} />}
      {restore.status === "planned" && restore.plan !== null && (
        <Planned restore={restore} plan={restore.plan} isProving={isProving} onProve={() => setProving(true)} />
      )}
    </RestoreFrame>
  );
}

interface PlannedProps {
  restore: RestoreDto;
  plan: NonNullable<RestoreDto["plan"]>;
  isProving: boolean;
  onProve: () => void;
}

/** Below the plan: what stops it, or the way on to the proof. */
function Planned({ restore, plan, isProving, onProve }: PlannedProps) {
  const mayExecute = useCan("restores.execute");
  const key = useBackupKey(restore.backupId);
  if (plan.blockers.length > 0) {
    return (
      <Callout kind="danger" title="This cannot be restored now">
        <Sentences sentences={plan.blockers} />
      </Callout>
    );
  }
  if (plan.changes.length === 0) return null;
  if (!mayExecute) return <AskButton permission="restores.execute">Carry this plan out</AskButton>;
  if (isProving && key.isKnown) return <ExecuteRestore restore={restore} plan={plan} passphraseKey={key.passphraseKey} />;
  return (
    <div className="flex flex-wrap items-center gap-4">
      <Button variant="primary" size="lg" pending={isProving} onClick={onProve}>
        I have read the plan: go on
      </Button>
      <p className="text-sm text-muted">
        This plan expires <RelativeTime value={restore.expiresAt} none="an hour after it was made" />.
      </p>
    </div>
  );
}

function Working({ restore }: { restore: RestoreDto }) {
  if (!isAtWork(restore.status)) return null;
  return (
    <div role="status" className="rounded-lg border border-border bg-surface px-5 py-4">
      <StateMark state="running" label={restore.progress ?? waitingWords[restore.status] ?? "Working"} className="text-base" />
      {restore.status !== "planning" && restore.systemKind === "tenant-configuration" && (
        <p className="pt-2 text-sm text-muted">When it is done you are asked to sign in again; the report is then here.</p>
      )}
    </div>
  );
}

const waitingWords: Partial<Record<RestoreDto["status"], string>> = {
  planning: "The backup is compared with the system. Nothing is changed.",
  approved: "The restore is about to begin.",
};

/** How it ended without a report. */
function Ended({ restore }: { restore: RestoreDto }): ReactNode {
  const { status, failure } = restore;
  if (failure !== null) {
    return (
      <>
        <Callout kind="danger" title={`The restore failed at: ${failure.step}`} action={<PlanAgain restore={restore} />}>
          <p>{failure.message}</p>
          {failure.mend !== "" && <p className="pt-1 font-medium">{failure.mend}</p>}
        </Callout>
        <SafetyBackup restore={restore} />
      </>
    );
  }
  if (status === "expired") {
    return (
      <Callout kind="warning" title="This plan has expired" action={<PlanAgain restore={restore} />}>
        It is older than an hour, and the system may have changed since. Nothing was restored.
      </Callout>
    );
  }
  if (status !== "cancelled") return null;
  return (
    <Callout title="This restore was cancelled" action={<PlanAgain restore={restore} />}>
      Nothing was changed.
    </Callout>
  );
}

function PlanAgain({ restore }: { restore: RestoreDto }) {
  const path = useTenantPath();
  return (
    <Button asChild>
      <Link href={path(`/restores/new?backup=${restore.backupId}&target=${restore.targetSystemId}`)}>Plan it again</Link>
    </Button>
  );
}
