import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { env } from "#lib/env.ts";
import { log } from "#lib/log.ts";
import type { Bell } from "#lib/queue/enqueue.ts";

const MOST_BELLS = 500;

/**
 * One bell for each member whom something is to be mailed to, the tenants taking turns and whoever waits longest first; none without a mail server. The index
 * `mails_pending_idx` leads from member to member, however much waits for one.
 */
export async function findDueMails(db: Transaction): Promise<Bell<"mail.send">[]> {
  if (env().SMTP_URL === undefined) return [];
  const due = await db.$queryRaw<{ tenantId: string; memberId: string; id: string; attempt: number }[]>`
    WITH RECURSIVE waiting AS (
      (SELECT tenant_id, member_id, id, attempt, next_attempt_at FROM mails
        WHERE status = 'pending' ORDER BY tenant_id, member_id, next_attempt_at LIMIT 1)
      UNION ALL
      SELECT next.* FROM waiting CROSS JOIN LATERAL (
        SELECT tenant_id, member_id, id, attempt, next_attempt_at FROM mails
        WHERE status = 'pending' AND (tenant_id, member_id) > (waiting.tenant_id, waiting.member_id)
        ORDER BY tenant_id, member_id, next_attempt_at LIMIT 1) next)
    SELECT tenant_id AS "tenantId", member_id AS "memberId", id, attempt FROM waiting
    WHERE next_attempt_at <= (SELECT clock_timestamp())
    ORDER BY row_number() OVER (PARTITION BY tenant_id ORDER BY next_attempt_at), next_attempt_at LIMIT ${MOST_BELLS}`;
  return due.map(({ tenantId, memberId, id, attempt }) => ({
    name: "mail.send",
    payload: { tenantId, memberId },
    rowId: id,
    attempt: attempt + 1,
  }));
}

export interface HeldMail {
  tenantId: string;
  id: string;
  leaseOwner: string;
  leaseBeat: bigint;
}

/** Messages that some worker has in its hands, by the rows that have the leases. */
export async function findHeldMails(db: Transaction): Promise<HeldMail[]> {
  return db.$queryRaw`
    SELECT tenant_id AS "tenantId", id, lease_owner AS "leaseOwner", lease_beat AS "leaseBeat" FROM mails
    WHERE status = 'sending' AND lease_owner IS NOT NULL`;
}

/** Takes a message from a worker whose lease stood still. Nobody knows whether it arrived: the same message goes out again, under the same name. */
export async function giveUpDeadMail({ tenantId, id, leaseOwner, leaseBeat }: HeldMail): Promise<void> {
  await withTenant(tenantId, async (db) => {
    const [head] = await db.$queryRaw<{ digestId: string; memberId: string }[]>`
      SELECT digest_id AS "digestId", member_id AS "memberId" FROM mails
      WHERE id = ${id} AND status = 'sending' AND lease_owner = ${leaseOwner} AND lease_beat = ${leaseBeat} FOR NO KEY UPDATE`;
    if (!head) return;
    await db.$executeRaw`
      UPDATE mails SET status = 'pending', lease_owner = NULL, next_attempt_at = clock_timestamp()
      WHERE digest_id = ${head.digestId} AND status = 'sending'`;
    await db.member.updateMany({ where: { id: head.memberId }, data: { mailNextAt: null } });
    await notifyChange(db, { tenantId, kinds: ["mails"] });
    log.warn({ memberId: head.memberId }, "A message was taken from a worker that no longer renews its lease");
  });
}
