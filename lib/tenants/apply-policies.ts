import { isDeepStrictEqual } from "node:util";
import type { TenantConfiguration } from "#lib/connectors/configuration-store.ts";
import { keepingAsMuch } from "#lib/connectors/tenant-configuration/keeping-as-much.ts";
import type { Transaction } from "#lib/db/client.ts";
import { cancelPlanned } from "#lib/runs/cancel-planned.ts";
import type { Done } from "#lib/tenants/done.ts";
import { readPolicies } from "#lib/tenants/read-configuration.ts";

type Policy = TenantConfiguration["policies"][number];

/**
 * Makes the policies equal to the backup's, except that no retention keeps fewer than it does now: that is for whoever edits the policy and is shown first
 * what it deletes. Systems and destinations must be there before.
 */
export async function applyPolicies(db: Transaction, wanted: Policy[], done: Done): Promise<void> {
  const present = new Map((await readPolicies(db)).map((policy) => [policy.id, policy]));
  for (const inBackup of wanted) {
    const policy = keepingAsMuch([...present.values()], inBackup);
    const before = present.get(policy.id);
    if (!isDeepStrictEqual(policy.retention, inBackup.retention))
      done.followUp.push(
        `The policy “${policy.name}” keeps as many backups as before; the backup’s rules keep fewer. Edit it if you want those.`,
      );
    if (before && isDeepStrictEqual(before, policy)) continue;
    await storePolicy(db, policy);
    await linkPolicy(db, policy, done);
    await holdRetention(db, policy, { before: before?.systemIds ?? [], done });
    done.applied.push({ part: "Policies", action: before ? "change" : "add", subject: policy.name });
  }
  const kept = new Set(wanted.map((policy) => policy.id));
  for (const policy of present.values()) {
    if (kept.has(policy.id)) continue;
    await removePolicy(db, policy.id);
    done.applied.push({ part: "Policies", action: "remove", subject: policy.name });
  }
}

/** A deleted policy comes back under its id, with its runs. */
async function storePolicy(db: Transaction, policy: Policy): Promise<void> {
  const { id, systemIds: _systems, destinationIds: _destinations, ...rest } = policy;
  const data = { ...rest, schedule: rest.schedule as object, retention: rest.retention as object };
  const { count } = await db.policy.updateMany({ where: { id }, data: { ...data, deletedAt: null } });
  if (count === 0) await db.policy.createMany({ data: [{ id, ...data }] });
}

async function linkPolicy(db: Transaction, policy: Policy, done: Done): Promise<void> {
  const policyId = policy.id;
  const systems = await db.system.findMany({ where: { id: { in: policy.systemIds }, deletedAt: null }, select: { id: true } });
  const destinations = await db.destination.findMany({
    where: { id: { in: policy.destinationIds }, deletedAt: null },
    select: { id: true },
  });
  const systemIds = systems.map(({ id }) => id);
  await db.policySystem.deleteMany({ where: { policyId, systemId: { notIn: systemIds } } });
  await db.policySystem.createMany({ data: systemIds.map((systemId) => ({ policyId, systemId })), skipDuplicates: true });
  await db.policyDestination.deleteMany({ where: { policyId } });
  await db.policyDestination.createMany({ data: destinations.map(({ id }) => ({ policyId, destinationId: id })) });
  const isWhole = systems.length === policy.systemIds.length && destinations.length === policy.destinationIds.length;
  if (!isWhole)
    done.problems.push(`The policy “${policy.name}” named a system or destination that the backup does not hold. Look through it.`);
}

/** No retention has decided about the backups of systems that a policy did not cover until now: it waits until somebody has seen what it would do. */
async function holdRetention(db: Transaction, policy: Policy, { before, done }: { before: string[]; done: Done }): Promise<void> {
  const systemId = { in: policy.systemIds, notIn: before };
  const where = { policyId: policy.id, systemId, status: "completed", retentionHeld: false };
  const { count } = await db.backup.updateMany({ where, data: { retentionHeld: true } });
  if (count === 0) return;
  const backups = count === 1 ? "1 backup" : `${count} backups`;
  done.followUp.push(
    `The policy “${policy.name}” is back for ${backups} that it made before. Look on the systems’ pages what its retention would do with them, and confirm it: until then they stay.`,
  );
}

async function removePolicy(db: Transaction, id: string): Promise<void> {
  await cancelPlanned(db, { policyId: id, status: "scheduled" }, "The policy went with a restore of the configuration.");
  await db.policySystem.deleteMany({ where: { policyId: id } });
  await db.policyDestination.deleteMany({ where: { policyId: id } });
  await db.policy.updateMany({ where: { id }, data: { deletedAt: new Date(), enabled: false } });
}
