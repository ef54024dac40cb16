"use client";

import { type KeyboardEvent, useRef, useState } from "react";
import { DayCell, type Day, dayWords } from "#components/shared/day-cell.tsx";
import { Tooltip } from "#components/ui/tooltip.tsx";

interface DayStripProps {
  /** Oldest first. */
  days: readonly Day[];
  /** Names the strip: "Main gateway, last 30 days". */
  label: string;
}

/** One cell a day. One stop of the tab key; the arrows, Home and End walk along the days. */
export function DayStrip({ days, label }: DayStripProps) {
  const cells = useRef<(HTMLButtonElement | null)[]>([]);
  const [stop, setStop] = useState(days.length - 1);
  const [shown, setShown] = useState<number | null>(null);
  const walk = (event: KeyboardEvent) => {
    const last = days.length - 1;
    const target = { ArrowLeft: Math.max(0, stop - 1), ArrowRight: Math.min(last, stop + 1), Home: 0, End: last }[event.key];
    if (event.key === "Escape") setShown(null);
    if (target === undefined) return;
    event.preventDefault();
    setStop(target);
    cells.current[target]?.focus();
  };
  const day = shown === null ? undefined : days[shown];
  return (
    <div role="toolbar" aria-label={label} className="relative flex h-8 w-full max-w-96 min-w-56 pointer-coarse:h-10" onKeyDown={walk}>
      {days.map((each, index) => (
        <DayCell
          key={each.date}
          day={each}
          ref={(node) => {
            cells.current[index] = node;
          }}
          tabIndex={index === stop ? 0 : -1}
          onFocus={() => {
            setStop(index);
            setShown(index);
          }}
          onBlur={() => setShown(null)}
          onMouseEnter={() => setShown(index)}
          onMouseLeave={() => setShown(null)}
        />
      ))}
      {day !== undefined && shown !== null && (
        <Tooltip key={day.date} open content={dayWords(day)}>
          <span
            aria-hidden
            className="pointer-events-none absolute inset-y-0"
            style={{ left: `${(100 * shown) / days.length}%`, width: `${100 / days.length}%` }}
          />
        </Tooltip>
      )}
    </div>
  );
}
