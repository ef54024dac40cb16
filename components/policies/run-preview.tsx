"use client";

import { useMemo } from "react";
import { useWatch } from "react-hook-form";
import { type PolicyFormValues, readSchedule } from "#components/policies/policy-form-values.ts";
import { useNow } from "#components/shared/use-now.ts";
import { Callout } from "#components/ui/callout.tsx";
import { describeSchedule } from "#lib/schedule/contract.ts";
import { anchorSchedule } from "#lib/schedule/due.ts";
import { type PreviewedRun, previewRuns, runsAtClockChanges } from "#lib/schedule/preview-runs.ts";
import type { Schedule } from "#lib/schedule/schemas.ts";

const SHOWN = 10;
const HOUR_MS = 3_600_000;

/** The next runs of the schedule as it is typed, in its zone, in UTC and in the reader's, and what changes of the clocks do to them. */
export function RunPreview({ previous }: { previous: Schedule | null }) {
  const schedule = readSchedule(useWatch<PolicyFormValues, "schedule">({ name: "schedule" }));
  const now = useNow();
  const zones = schedule ? [...new Set([schedule.timeZone, "UTC", Intl.DateTimeFormat().resolvedOptions().timeZone])] : [];
  const runs = schedule ? previewRuns(anchorSchedule(schedule, previous, now), now, SHOWN) : [];
  return (
    <div className="flex flex-col gap-4" aria-live="polite">
      <div className="rounded-lg border border-border bg-surface">
        <p className="border-b border-border bg-sunken px-4 py-2.5 text-sm font-medium">
          {schedule ? describeSchedule(schedule) : "The next runs appear here once the schedule is complete."}
        </p>
        <ol aria-label="Next runs" className="min-h-[calc(10*2.75rem)] divide-y divide-border text-sm">
          {runs.map((run) => (
            <NextRun key={run.dueAt.getTime()} run={run} zones={zones} />
          ))}
        </ol>
      </div>
      {schedule && <ClockChanges schedule={anchorSchedule(schedule, previous, now)} now={now} />}
    </div>
  );
}

function NextRun({ run, zones: [own, ...others] }: { run: PreviewedRun; zones: readonly string[] }) {
  return (
    <li className="tabular flex min-h-11 flex-wrap items-center justify-between gap-x-4 px-4 py-1.5">
      <span>{formatIn(run.dueAt, own ?? "UTC")}</span>
      {others.map((zone) => (
        <span key={zone} className="text-muted">
          {formatIn(run.dueAt, zone)}
          {zone === "UTC" ? "" : " for you"}
        </span>
      ))}
      {run.note !== null && <span className="w-full text-pretty">{run.note}</span>}
    </li>
  );
}

/** Said before they come: a run that is a doubled or a missing hour away from what its time says is no surprise then. */
function ClockChanges({ schedule, now }: { schedule: Schedule; now: Date }) {
  const key = JSON.stringify(schedule);
  const hour = Math.floor(now.getTime() / HOUR_MS);
  // A year is looked through: once an hour is enough.
  const changes = useMemo(() => runsAtClockChanges(JSON.parse(key) as Schedule, new Date(hour * HOUR_MS)), [key, hour]);
  if (changes.length === 0) return null;
  return (
    <Callout title="The clocks of this zone change at a time of these runs">
      <ul className="flex flex-col gap-1">
        {changes.map(({ dueAt, note }) => (
          <li key={dueAt.getTime()}>{note}</li>
        ))}
      </ul>
    </Callout>
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
