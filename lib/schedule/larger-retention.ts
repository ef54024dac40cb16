import type { Retention } from "#lib/schedule/schemas.ts";

/** The retention that keeps whatever either of the two keeps: of each rule the larger count, since retention is a union of its rules. */
export function largerRetention(one: Retention, other: Retention): Retention {
  const rules = Object.keys({ ...one, ...other }) as (keyof Retention)[];
  return Object.fromEntries(rules.map((rule) => [rule, Math.max(one[rule] ?? 0, other[rule] ?? 0)]));
}
