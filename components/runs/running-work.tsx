"use client";

import Link from "next/link";
import { Popover } from "radix-ui";
import { runFraction, stepWords } from "#components/runs/run-words.ts";
import { StateShape } from "#components/shared/state-mark.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { type Page, useApiQuery } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { cn } from "#components/ui/class-names.ts";
import { menuClass } from "#components/ui/overlay-class.ts";
import { Progress } from "#components/ui/progress.tsx";
import type { RunDto } from "#lib/runs/schemas.ts";

/** Live updates tell when work begins and ends; how far it is, is read again while the list has any. */
const EVERY_MS = 2000;

/** Work under way, in the top bar. Nothing while there is none. */
export function RunningWork() {
  const path = useTenantPath();
  const runs = useApiQuery<Page<RunDto>>(
    "/runs",
    { status: "running,queued", limit: 20 },
    { refetchInterval: (page) => (page && page.items.length > 0 ? EVERY_MS : false) },
  );
  const items = runs.data?.items ?? [];
  if (items.length === 0) return null;
  const words = items.length === 1 ? "1 backup under way" : `${items.length} backups under way`;
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <Button variant="ghost" aria-label={words} className="px-2.5">
          <StateShape state="running" />
          <span className="tabular-nums max-sm:hidden">{items.length === 1 ? "Backing up" : `Backing up ${items.length}`}</span>
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={6}
          collisionPadding={8}
          aria-label={words}
          className={cn(menuClass, "w-80 max-w-[90vw] p-2")}
        >
          <ul className="flex flex-col gap-1">
            {items.map((run) => (
              <li key={run.id}>
                <Popover.Close asChild>
                  <Link href={path(`/runs/${run.id}`)} className="flex flex-col gap-2 rounded-md px-3 py-2.5 hover:bg-grey-soft">
                    <span className="flex items-baseline justify-between gap-3">
                      <span className="truncate font-medium">{run.systemName}</span>
                      <span className="shrink-0 text-muted">{statusWords(run)}</span>
                    </span>
                    <Progress fraction={run.status === "running" ? runFraction(run) : 0} label={`Backup of “${run.systemName}”`} />
                  </Link>
                </Popover.Close>
              </li>
            ))}
          </ul>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function statusWords(run: RunDto): string {
  if (run.status === "queued") return "Waiting";
  return run.progress === null ? "Beginning" : stepWords[run.progress.step];
}
