"use client";

import { useWatch } from "react-hook-form";
import { type PolicyFormValues, readSchedule } from "#components/policies/policy-form-values.ts";
import { useNow } from "#components/shared/use-now.ts";
import { describeSchedule } from "#lib/schedule/contract.ts";
import { anchorSchedule, occurrencesAfter } from "#lib/schedule/due.ts";
import type { Schedule } from "#lib/schedule/schemas.ts";

const SHOWN = 5;

/** The next runs of the schedule as it is typed, in its zone and in the reader's. */
export function RunPreview({ previous }: { previous: Schedule | null }) {
  const schedule = readSchedule(useWatch<PolicyFormValues, "schedule">({ name: "schedule" }));
  const now = useNow();
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const runs = schedule ? occurrencesAfter(anchorSchedule(schedule, previous, now), now, SHOWN) : [];
  const foreign = schedule !== null && schedule.timeZone !== own;
  return (
    <div className="rounded-lg border border-border bg-surface" aria-live="polite">
      <p className="border-b border-border bg-sunken px-4 py-2.5 text-sm font-medium">
        {schedule ? describeSchedule(schedule) : "The next runs appear here once the schedule is complete."}
      </p>
      <ol aria-label="Next runs" className="min-h-[calc(5*2.75rem)] divide-y divide-border text-sm">
        {runs.map(({ occurrence, dueAt }) => (
          <li key={occurrence} className="tabular flex min-h-11 flex-wrap items-center justify-between gap-x-4 px-4 py-1.5">
            <span>{schedule ? formatIn(dueAt, schedule.timeZone) : ""}</span>
            {foreign && <span className="text-muted">{formatIn(dueAt, own)} for you</span>}
          </li>
        ))}
      </ol>
    </div>
  );
}

/** "Mon, 23 Nov 2026, 01:00 UTC". */
function formatIn(time: Date, timeZone: string): string {
  return new Intl.DateTimeFormat("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
    timeZone,
  }).format(time);
}
