"use client";

import Link from "next/link";
import { byPart, countWords } from "#components/restores/restore-words.ts";
import { Sentences } from "#components/restores/restore-plan.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Card, CardContent, CardHeader } from "#components/ui/card.tsx";
import type { RestoreDto } from "#lib/restores/schemas.ts";

/** What a restore did, what it could not do, and what a person has to do now. */
export function RestoreReport({ restore, report }: { restore: RestoreDto; report: NonNullable<RestoreDto["report"]> }) {
  return (
    <>
      {report.outcome === "completed" ? (
        <Callout kind="success" title={`“${restore.systemName}” is restored`}>
          Everything in the plan was done.
        </Callout>
      ) : (
        <Callout kind="warning" title={`“${restore.systemName}” is partly restored`}>
          <Sentences sentences={report.problems} />
        </Callout>
      )}
      {report.followUp.length > 0 && (
        <Callout title="What to do now">
          <Sentences sentences={report.followUp} />
        </Callout>
      )}
      <Card>
        <CardHeader title="What was done" />
        <CardContent className="flex flex-col gap-2">
          {report.applied.length === 0 && <p className="text-sm text-muted">Nothing had to be changed.</p>}
          {byPart(report.applied).map(([part, applied]) => (
            <details key={part} className="text-sm">
              <summary className="min-h-8 rounded-md py-1.5">
                <span className="font-medium">{part}</span>: <span className="text-muted tabular-nums">{countWords(applied, "done")}</span>
              </summary>
              <ul className="flex flex-col gap-1 py-1 ps-6">
                {applied.map(({ action, subject }, index) => (
                  <li key={`${index} ${subject}`} className="[overflow-wrap:anywhere]">
                    {subject} <span className="text-muted">({doneWords[action] ?? action})</span>
                  </li>
                ))}
              </ul>
            </details>
          ))}
        </CardContent>
      </Card>
      <SafetyBackup restore={restore} />
    </>
  );
}

const doneWords: Record<string, string> = { add: "added", change: "changed", remove: "removed" };

/** Where the state before the restore lies. */
export function SafetyBackup({ restore }: { restore: Pick<RestoreDto, "safetyBackupId"> }) {
  const path = useTenantPath();
  if (restore.safetyBackupId === null) return null;
  return (
    <Callout
      title="What was there before is kept"
      action={
        <Button asChild>
          <Link href={path(`/backups/${restore.safetyBackupId}`)}>Look at the safety backup</Link>
        </Button>
      }
    >
      A backup was made just before the first change. Restore it to go back.
    </Callout>
  );
}
