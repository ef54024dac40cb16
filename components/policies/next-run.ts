import type { PolicyDto } from "#lib/policies/schemas.ts";
import { occurrencesAfter } from "#lib/schedule/due.ts";

/** When the next scheduled run of a policy is due, or null while it is switched off or covers nothing. */
export function nextRunOf(policy: PolicyDto, now: Date): Date | null {
  if (!policy.enabled || policy.systemIds.length === 0) return null;
  return occurrencesAfter(policy.schedule, now, 1)[0]?.dueAt ?? null;
}

/** The earliest next run of a system by any of its policies. */
export function nextRunOfSystem(policies: readonly PolicyDto[], systemId: string, now: Date): Date | null {
  const due = policies.filter((policy) => policy.systemIds.includes(systemId)).map((policy) => nextRunOf(policy, now));
  const times = due.filter((time) => time !== null).map((time) => time.getTime());
  return times.length === 0 ? null : new Date(Math.min(...times));
}
