import { notifyChange } from "#lib/db/changes.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { log } from "#lib/log.ts";
import type { LeasedTable, TenantRow } from "#lib/queue/reap-table.ts";

/** Messages that some worker has in its hands, by the rows that have the leases. */
export const leasedMails: LeasedTable<TenantRow> = {
  held: (db) => db.$queryRaw`
    SELECT tenant_id AS "tenantId", id AS key, lease_owner AS holder, lease_beat AS beat FROM mails
    WHERE status = 'sending' AND lease_owner IS NOT NULL`,
  giveUp: giveUpDeadMail,
};

/** Takes a message from a worker whose lease stood still. Nobody knows whether it arrived: the same message goes out again, under the same name. */
async function giveUpDeadMail({ tenantId, key, holder, beat }: TenantRow): Promise<void> {
  await withTenant(tenantId, async (db) => {
    const [head] = await db.$queryRaw<{ digestId: string; memberId: string }[]>`
      SELECT digest_id AS "digestId", member_id AS "memberId" FROM mails
      WHERE id = ${key} AND status = 'sending' AND lease_owner = ${holder} AND lease_beat = ${beat} FOR NO KEY UPDATE`;
    if (!head) return;
    await db.$executeRaw`
      UPDATE mails SET status = 'pending', lease_owner = NULL, next_attempt_at = clock_timestamp()
      WHERE digest_id = ${head.digestId} AND status = 'sending'`;
    await db.member.updateMany({ where: { id: head.memberId }, data: { mailNextAt: null } });
    await notifyChange(db, { tenantId, kinds: ["mails"] });
    log.warn({ memberId: head.memberId }, "A message was taken from a worker that no longer renews its lease");
  });
}
