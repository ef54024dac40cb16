export interface Difference {
  /** Null where the whole thing is one value. */
  field: string | null;
  /** Null where there is nothing on that side. */
  before: string | null;
  after: string | null;
}

/** What differs between the old and the new of one change, field by field, as text to lay side by side. */
export function differences(before: unknown, after: unknown): Difference[] {
  if (!isRecord(before ?? {}) || !isRecord(after ?? {})) return [{ field: null, before: textOf(before), after: textOf(after) }];
  const [old, next] = [recordOf(before), recordOf(after)];
  const fields = [...new Set([...Object.keys(old), ...Object.keys(next)])];
  return fields
    .map((field) => ({ field, before: textOf(old[field]), after: textOf(next[field]) }))
    .filter((difference) => difference.before !== difference.after);
}

function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "string") return value;
  return JSON.stringify(value, null, 1);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function recordOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}
