"use client";

import { ChevronDown } from "lucide-react";
import Link from "next/link";
import { presentWords } from "#components/policies/retention-words.ts";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { cn } from "#components/ui/class-names.ts";
import { AbsoluteTime } from "#components/ui/relative-time.tsx";
import type { RetentionDecisions as Decided } from "#lib/policies/schemas.ts";

/** "Keeps 31, deletes 12 of the present 43", with each backup and the reason for it to open. */
export function RetentionDecisions({ keeps, deletes, decisions }: Decided) {
  const words = presentWords({ keeps, deletes });
  if (decisions.length === 0) return <p className="px-4 py-2.5 text-sm text-muted">{words}</p>;
  return (
    <details className="group">
      <summary className="flex min-h-11 cursor-pointer list-none items-center justify-between gap-3 rounded-lg px-4 py-2.5 text-sm font-medium [&::-webkit-details-marker]:hidden">
        <span aria-live="polite">{words}</span>
        <ChevronDown aria-hidden className="size-4 shrink-0 text-muted group-open:rotate-180" />
      </summary>
      <ol
        aria-label="What becomes of each backup"
        tabIndex={0}
        className="max-h-96 divide-y divide-border overflow-y-auto border-t border-border text-sm"
      >
        {decisions.map((decision) => (
          <Decision key={decision.backupId} {...decision} />
        ))}
      </ol>
      {decisions.length < keeps + deletes && (
        <p className="border-t border-border px-4 py-2.5 text-sm text-muted">
          These are the newest {decisions.length}; the numbers above count all.
        </p>
      )}
    </details>
  );
}

function Decision({ backupId, systemName, createdAt, keep, reason }: Decided["decisions"][number]) {
  const path = useTenantPath();
  return (
    <li className="flex flex-col gap-x-4 gap-y-0.5 px-4 py-2 sm:flex-row sm:items-baseline">
      <span className={cn("w-16 shrink-0 font-medium", !keep && "text-red")}>{keep ? "Keeps" : "Deletes"}</span>
      <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
        <Link href={path(`/backups/${backupId}`)} className="rounded-sm text-accent hover:underline">
          {systemName}, <AbsoluteTime value={createdAt} />
        </Link>
        <span className="block text-muted">{reason}.</span>
      </span>
    </li>
  );
}
