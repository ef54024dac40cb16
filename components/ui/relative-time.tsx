"use client";

import { useSyncExternalStore } from "react";
import { formatAbsolute, formatDate, formatRelative } from "#components/ui/format-time.ts";

interface RelativeTimeProps {
  /** RFC 3339, as the API sends it. Null shows `none`. */
  value: string | null;
  /** Words when there is no time. */
  none?: string;
  className?: string;
}

/**
 * "3 hours ago", kept up to date; the absolute time with its zone on hover. The server cannot know the reader's zone
 * or clock, so it sends the date in UTC and the browser replaces it after hydration.
 */
export function RelativeTime({ value, none = "never", className }: RelativeTimeProps) {
  const nowMs = useNow();
  if (value === null) return <span className={className}>{none}</span>;
  const time = new Date(value);
  const known = nowMs !== null;
  return (
    <time
      dateTime={value}
      title={known ? `${formatAbsolute(time)} (${formatAbsolute(time, "UTC")})` : formatAbsolute(time, "UTC")}
      className={className}
    >
      {known ? formatRelative(time.getTime(), nowMs) : formatDate(time, "UTC")}
    </time>
  );
}

/** The absolute time in the reader's zone: "3 March 2026 at 01:00:05 GMT"; UTC until hydration. */
export function AbsoluteTime({ value, className }: { value: string; className?: string }) {
  const known = useNow() !== null;
  const time = new Date(value);
  return (
    <time dateTime={value} title={formatAbsolute(time, "UTC")} className={className}>
      {known ? formatAbsolute(time) : formatAbsolute(time, "UTC")}
    </time>
  );
}

const everyMs = 15_000;
/** How far the clock may be behind when a time comes onto the page: one that has just passed would be in the future. */
const behindMs = 1_000;
const listeners = new Set<() => void>();
let nowMs = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** One clock for all times on the page: milliseconds since 1970, or null on the server and while hydrating. */
function useNow(): number | null {
  return useSyncExternalStore<number | null>(subscribe, present, absent);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    nowMs = Date.now();
    timer = setInterval(tick, everyMs);
  } else if (Date.now() - nowMs > behindMs) {
    tick();
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function tick(): void {
  nowMs = Date.now();
  for (const listener of listeners) listener();
}

function present(): number {
  // A page that had no clock for a while starts from the present again.
  if (timer === undefined && Date.now() - nowMs > everyMs) nowMs = Date.now();
  return nowMs;
}

function absent(): null {
  return null;
}
