"use client";

import Link from "next/link";
import { RunFailure } from "#components/runs/run-failure.tsx";
import { RunProgress } from "#components/runs/run-progress.tsx";
import { useRun } from "#components/runs/use-run.ts";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiMutation } from "#components/shared/use-api.ts";
import { useWholeList } from "#components/shared/use-whole-list.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Card, CardContent, CardHeader } from "#components/ui/card.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { RunDto } from "#lib/runs/schemas.ts";
import type { SystemDto } from "#lib/systems/schemas.ts";

/** Starts the first backup, of the tenant's own configuration, and follows it. */
export function useFirstBackup() {
  const systems = useWholeList<SystemDto>("/systems");
  const started = useApiMutation<RunDto, { systemId: string }>("POST", "/backups");
  const run = useRun(started.data?.id ?? null);
  return {
    run: run.data ?? started.data,
    problem: started.error,
    isProven: run.data?.status === "completed",
    start: async () => {
      const all = systems.data ?? (await systems.refetch()).data ?? [];
      const system = all.find(({ kind }) => kind === "tenant-configuration") ?? all.at(-1);
      if (system) started.mutate({ systemId: system.id });
    },
  };
}

/** The first backup with its progress, up to the sentence that it is proven. */
export function FirstBackup({ backup, isEncrypted }: { backup: ReturnType<typeof useFirstBackup>; isEncrypted: boolean }) {
  const { run, problem, isProven, start } = backup;
  const path = useTenantPath();
  return (
    <Card>
      <CardHeader
        title="Your first backup"
        description="This tenant’s configuration: members, systems, destinations, policies and settings."
      />
      <CardContent className="flex flex-col gap-4">
        <ErrorPanel problem={problem} title="The backup was not started" action={<Button onClick={() => void start()}>Try again</Button>} />
        {isProven && (
          <Callout kind="success" role="status" title="Your first backup is proven">
            {isEncrypted
              ? "It is encrypted and stored, was fetched back, decrypted and checked entry by entry."
              : "It is stored, was fetched back and checked entry by entry."}
          </Callout>
        )}
        {run !== undefined && (
          <RunFailure run={run} action={run.status === "failed" && <Button onClick={() => void start()}>Try again</Button>} />
        )}
        {run !== undefined ? <RunProgress run={run} /> : problem === null && <Skeleton className="h-60" />}
        <div className="flex flex-wrap gap-3 pt-1">
          <Button asChild variant={isProven ? "primary" : "secondary"}>
            <Link href={path("")}>Go to the overview</Link>
          </Button>
          {isProven && typeof run?.backupId === "string" && (
            <Button asChild>
              <Link href={path(`/backups/${run.backupId}`)}>Look at the backup</Link>
            </Button>
          )}
        </div>
      </CardContent>
    </Card>
  );
}
