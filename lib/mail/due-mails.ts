import type { Transaction } from "#lib/db/client.ts";
import { env } from "#lib/env.ts";
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
