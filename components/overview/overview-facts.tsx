"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { ProofLadder, proofSteps } from "#components/shared/proof-ladder.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Card } from "#components/ui/card.tsx";
import { AbsoluteTime, RelativeTime } from "#components/ui/relative-time.tsx";
import type { Overview } from "#lib/runs/schemas.ts";

/** Three facts: the last good backup, the next run, the least-proven system. */
export function OverviewFacts({ overview: { lastGoodBackup, nextRun, leastProven } }: { overview: Overview }) {
  const path = useTenantPath();
  return (
    <div className="grid gap-4 md:grid-cols-3">
      <Fact name="Last good backup" none="None yet">
        {lastGoodBackup && (
          <>
            <FactLink href={path(`/backups/${lastGoodBackup.backupId}`)}>
              <RelativeTime value={lastGoodBackup.createdAt} />
            </FactLink>
            <span className="text-muted">{lastGoodBackup.systemName}</span>
          </>
        )}
      </Fact>
      <Fact name="Next run" none="None planned">
        {nextRun && (
          <>
            <FactLink href={path(`/runs/${nextRun.id}`)}>
              <RelativeTime value={nextRun.dueAt} />
            </FactLink>
            <span className="text-muted">
              {nextRun.systemName}, <AbsoluteTime value={nextRun.dueAt} />
            </span>
          </>
        )}
      </Fact>
      <Fact name="Least proven" none="Nothing to prove yet">
        {leastProven && (
          <>
            <FactLink href={path(`/backups/${leastProven.backupId}`)}>{leastProven.systemName}</FactLink>
            <ProofLadder proven={proofSteps.find((step) => step === leastProven.proven) ?? null} compact />
          </>
        )}
      </Fact>
    </div>
  );
}

function Fact({ name, none, children }: { name: string; none: string; children: ReactNode }) {
  return (
    <Card className="flex min-h-28 flex-col gap-1.5 px-5 py-4">
      <h2 className="text-sm text-muted">{name}</h2>
      <div className="flex flex-col gap-1 text-sm [overflow-wrap:anywhere]">{children ?? <span className="text-muted">{none}</span>}</div>
    </Card>
  );
}

function FactLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link href={href} className="w-fit rounded-sm text-lg font-semibold tracking-[-0.01em] hover:underline">
      {children}
    </Link>
  );
}
