import type { Transaction } from "#lib/db/client.ts";
import type { Names } from "#lib/events/told.ts";

/** The names of everything that those events of the present tenant speak of, deleted things included. */
export async function namesOf(db: Transaction, events: readonly { data: Record<string, unknown> }[]): Promise<Names> {
  const ids = (field: string) => [...new Set(events.map(({ data }) => data[field]).filter((id): id is string => typeof id === "string"))];
  const named = async (field: string, find: (where: { id: { in: string[] } }) => Promise<[string, string][]>) => {
    const wanted = ids(field);
    return new Map(wanted.length === 0 ? [] : await find({ id: { in: wanted } }));
  };
  const select = { id: true, name: true } as const;
  return {
    tenant: await db.tenant.findFirstOrThrow({ select: { slug: true, name: true } }),
    systems: await named("systemId", async (where) => pairs(await db.system.findMany({ where, select }))),
    policies: await named("policyId", async (where) => pairs(await db.policy.findMany({ where, select }))),
    backups: await named("backupId", async (where) => {
      const rows = await db.backup.findMany({ where, select: { id: true, createdAt: true } });
      return rows.map(({ id, createdAt }) => [id, createdAt.toISOString()]);
    }),
    keys: await named("keyId", async (where) => {
      const rows = await db.key.findMany({ where, select: { id: true, fingerprint: true } });
      return rows.map(({ id, fingerprint }) => [id, fingerprint]);
    }),
    channels: await named("channelId", async (where) => {
      const webhooks = pairs(await db.webhook.findMany({ where, select }));
      const members = await db.member.findMany({ where, select: { id: true, account: { select: { name: true } } } });
      return [...webhooks, ...members.map(({ id, account }): [string, string] => [id, account.name])];
    }),
  };
}

function pairs(rows: readonly { id: string; name: string }[]): [string, string][] {
  return rows.map(({ id, name }) => [id, name]);
}
