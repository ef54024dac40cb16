import type { Retention } from "#lib/schedule/schemas.ts";

/**
 * Whether `after` may keep fewer backups than `before`. Retention is a union of rules, so it keeps at least as much
 * exactly when no rule was dropped or lowered.
 */
export function shrinksRetention(before: Retention, after: Retention): boolean {
  const rules = Object.keys(before) as (keyof Retention)[];
  return rules.some((rule) => (before[rule] ?? 0) > (after[rule] ?? 0));
}
