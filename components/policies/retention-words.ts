import type { PolicyPreview } from "#lib/policies/schemas.ts";

/** "Keeps 31, deletes 12 of the present 43." */
export function presentWords({ keeps, deletes }: { keeps: number; deletes: number }): string {
  const all = keeps + deletes;
  if (all === 0) return "The policy has no backups yet.";
  if (deletes === 0) return all === 1 ? "Keeps the present backup." : `Keeps all of the present ${all} backups.`;
  return `Keeps ${keeps}, deletes ${deletes} of the present ${all} backups after the next run of each system.`;
}

/** "After a year there are 30 backups of each system, the oldest 29 days old." */
export function yearWords({ days, backups, oldestDays }: NonNullable<PolicyPreview["year"]>): string {
  const when = days >= 365 ? "After a year" : `After ${counted(days, "day")}`;
  if (backups === 0) return `${when} there is no backup yet: the schedule does not run before that.`;
  const are = backups === 1 ? "there is 1 backup" : `there are ${backups.toLocaleString("en-GB")} backups`;
  const age = oldestDays === 0 ? "less than a day" : counted(oldestDays, "day");
  return `${when} ${are} of each system${backups === 1 ? "," : ", the oldest"} ${age} old, if every run succeeds.`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
