const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
type Step = [unit: Intl.RelativeTimeFormatUnit, ms: number, below: number];
const lastStep: Step = ["year", 365.25 * dayMs, Number.POSITIVE_INFINITY];
const steps: Step[] = [["minute", minuteMs, 60], ["hour", 60 * minuteMs, 36], ["day", dayMs, 45], ["month", 30.44 * dayMs, 18], lastStep];
const relative = new Intl.RelativeTimeFormat("en-GB", { numeric: "always" });

/** "just now", "5 minutes ago", "in 3 hours". Both in milliseconds since 1970. */
export function formatRelative(timeMs: number, nowMs: number): string {
  const distanceMs = Math.abs(timeMs - nowMs);
  const sign = timeMs > nowMs ? 1 : -1;
  if (distanceMs < 0.75 * minuteMs) return timeMs > nowMs ? "in a moment" : "just now";
  const [unit, unitMs] = steps.find(([, ms, below]) => Math.round(distanceMs / ms) < below) ?? lastStep;
  return relative.format(sign * Math.round(distanceMs / unitMs), unit);
}

/** "3 March 2026 at 01:00:05 UTC", in the given IANA zone or, without one, in the reader's. */
export function formatAbsolute(time: Date, timeZone?: string): string {
  return new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(time);
}

/** "3 March 2026", in the given IANA zone or, without one, in the reader's. */
export function formatDate(time: Date, timeZone?: string): string {
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "long", ...(timeZone === undefined ? {} : { timeZone }) }).format(time);
}

/** "850 ms", "4.2 s", "3 min 20 s", "2 h 5 min". */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 59_950) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 3600) return joined(Math.floor(seconds / 60), "min", seconds % 60, "s");
  const minutes = Math.round(seconds / 60);
  return joined(Math.floor(minutes / 60), "h", minutes % 60, "min");
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
