import type { Context } from "#lib/auth/context.ts";
import { roleMay, whomToAsk } from "#lib/auth/permissions.ts";
import type { RestoreDto } from "#lib/restores/schemas.ts";

/** A restore as this person may see it: what a plan or report says of members and settings is for those who may see members and settings. */
export function shownTo({ actor }: Context, restore: RestoreDto): RestoreDto {
  if (restore.systemKind !== "tenant-configuration" || roleMay(actor.role, "members.read")) return restore;
  const { plan, report } = restore;
  const sentence = `What it changes is shown to those who may see members and settings. Ask ${whomToAsk("members.read")}.`;
  return {
    ...restore,
    plan: plan && { ...plan, changes: [], warnings: [sentence], blockers: [], effects: [] },
    report: report && { ...report, applied: [], problems: report.problems.length > 0 ? [sentence] : [], followUp: [] },
  };
}
