import { isDeepStrictEqual } from "node:util";
import type { TenantConfiguration } from "#lib/connectors/configuration-store.ts";
import { ontoOwnSystem } from "#lib/connectors/tenant-configuration/onto-own-system.ts";
import type { RestoreReport } from "#lib/connectors/restore-report.ts";
import { type AuditActor, appendAudit } from "#lib/db/audit.ts";
import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { env } from "#lib/env.ts";
import { ConnectorError } from "#lib/errors.ts";
import { recordEvent } from "#lib/events/record-event.ts";
import { scheduleChangeRuns } from "#lib/runs/schedule-change-runs.ts";
import { applyMembers } from "#lib/tenants/apply-members.ts";
import { applyPolicies } from "#lib/tenants/apply-policies.ts";
import { destinationThings, keepThings, removeThings, systemThings } from "#lib/tenants/apply-things.ts";
import { objectionsTo } from "#lib/tenants/objections.ts";
import type { Done } from "#lib/tenants/done.ts";
import { mergeKeys } from "#lib/tenants/merge-keys.ts";
import { readConfiguration } from "#lib/tenants/read-configuration.ts";

/**
 * Makes the present tenant's configuration equal to `wanted` within the caller's transaction. Keys only merge; systems and
 * destinations that a stored backup refers to stay; the last owner stays. Every session of every member ends.
 */
export async function applyConfiguration(
  db: Transaction,
  { tenantId, wanted: inBackup, actor }: { tenantId: string; wanted: TenantConfiguration; actor: AuditActor },
): Promise<RestoreReport> {
  const [objection] = await objectionsTo(db, inBackup);
  if (objection !== undefined) throw new ConnectorError("configuration-refused", `This configuration cannot be applied. ${objection}`);
  const wanted = ontoOwnSystem(await readConfiguration(db), inBackup);
  const done: Done = { applied: [], problems: [], followUp: [] };
  const [systems, destinations] = [systemThings(db), destinationThings(db)];
  await mergeKeys(db, wanted.keys, done);
  await keepThings(db, systems, wanted.systems, done);
  await keepThings(db, destinations, wanted.destinations, done);
  await applyPolicies(db, wanted.policies, done);
  await removeThings(systems, wanted.systems, done);
  await removeThings(destinations, wanted.destinations, done);
  await applySettings(db, wanted, done);
  await endAllSessions(db, tenantId);
  await applyMembers(db, wanted.members, done);
  await appendAudit(db, tenantId, actor, {
    action: "configuration.restored",
    subjectKind: "tenant",
    subjectId: tenantId,
    detail: { ...done },
  });
  await scheduleChangeRuns(db, env().HOLDFAST_CHANGE_DELAY_SECONDS);
  await notifyChange(db, { tenantId, kinds: ["systems", "destinations", "policies", "keys", "members", "settings", "runs"] });
  return { outcome: done.problems.length > 0 ? "partial" : "completed", ...done };
}

/** The slug stays: it is this installation's address of the tenant, not its configuration. */
async function applySettings(db: Transaction, wanted: TenantConfiguration, done: Done): Promise<void> {
  const present = await db.tenant.findFirstOrThrow({ select: { id: true, name: true, settings: true } });
  if (present.name !== wanted.tenant.name) done.applied.push({ part: "Settings", action: "change", subject: "Name of the tenant" });
  if (!isDeepStrictEqual(present.settings, wanted.settings)) done.applied.push({ part: "Settings", action: "change", subject: "Settings" });
  const settings: object = wanted.settings;
  await db.tenant.updateMany({ where: { id: present.id }, data: { name: wanted.tenant.name, settings } });
}

/** Before anybody is removed: row-level security shows a tenant the sessions of its members only. */
async function endAllSessions(db: Transaction, tenantId: string): Promise<void> {
  const reason = "the tenant's configuration was restored";
  const members = await db.member.findMany({ select: { id: true, accountId: true, account: { select: { name: true } } } });
  const where = { accountId: { in: members.map((member) => member.accountId) }, revokedAt: null };
  const live = await db.session.findMany({ where, select: { accountId: true } });
  await db.session.updateMany({ where, data: { revokedAt: new Date(), revokedReason: reason } });
  for (const { id, account } of members.filter((member) => live.some(({ accountId }) => accountId === member.accountId))) {
    const subject = { tenantId, subjectKind: "member", subjectId: id };
    await recordEvent(db, "member.signedOut", subject, { memberId: id, memberName: account.name, reason });
  }
}
