import type { TenantConfiguration } from "#lib/connectors/configuration-store.ts";
import type { Transaction } from "#lib/db/client.ts";

/** The present tenant's configuration. Run it in a "RepeatableRead" transaction: then it is one consistent snapshot. */
export async function readConfiguration(db: Transaction): Promise<TenantConfiguration> {
  const { settings, ...tenant } = await db.tenant.findFirstOrThrow({ select: { id: true, slug: true, name: true, settings: true } });
  return {
    tenant,
    members: await readMembers(db),
    systems: await db.system.findMany(connectedThings).then((rows) => rows.map(toThing)),
    destinations: await db.destination.findMany(connectedThings).then((rows) => rows.map(toThing)),
    policies: await readPolicies(db),
    keys: await readKeys(db),
    settings: settings as Record<string, unknown>,
  };
}

/** Ids rise with age, so that two snapshots of the same configuration are equal to the byte. */
const connectedThings = {
  where: { deletedAt: null },
  select: { id: true, name: true, kind: true, config: true, sealedSecrets: true },
  orderBy: { id: "asc" },
} as const;

function toThing<Row extends { config: unknown }>(row: Row) {
  return { ...row, config: row.config as Record<string, unknown> };
}

async function readMembers(db: Transaction): Promise<TenantConfiguration["members"]> {
  const rows = await db.member.findMany({
    select: { id: true, role: true, account: { select: { email: true, name: true } } },
    orderBy: { id: "asc" },
  });
  return rows.map(({ id, role, account }) => ({ id, role, ...account }));
}

export async function readPolicies(db: Transaction): Promise<TenantConfiguration["policies"]> {
  const rows = await db.policy.findMany({
    where: { deletedAt: null },
    include: {
      systems: { where: { system: { deletedAt: null } }, orderBy: { systemId: "asc" } },
      destinations: { where: { destination: { deletedAt: null } }, orderBy: { destinationId: "asc" } },
    },
    orderBy: { id: "asc" },
  });
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    enabled: row.enabled,
    systemIds: row.systems.map((link) => link.systemId),
    destinationIds: row.destinations.map((link) => link.destinationId),
    schedule: row.schedule as Record<string, unknown>,
    onChange: row.onChange,
    retention: row.retention as Record<string, unknown>,
    attempts: row.attempts,
    windowMinutes: row.windowMinutes,
    catchUp: row.catchUp,
  }));
}

async function readKeys(db: Transaction): Promise<TenantConfiguration["keys"]> {
  const rows = await db.key.findMany({ orderBy: { id: "asc" } });
  return rows.map((row) => ({
    id: row.id,
    mode: row.mode,
    fingerprint: row.fingerprint,
    recipient: row.recipient,
    protectedIdentity: row.protectedIdentity,
    hint: row.hint,
    recoveryRecipients: row.recoveryRecipients,
    createdAt: row.createdAt.toISOString(),
    retiredAt: row.retiredAt?.toISOString() ?? null,
  }));
}
