import type { Transaction } from "#lib/db/client.ts";
import { env } from "#lib/env.ts";
import { recordEvent } from "#lib/events/record-event.ts";
import type { ClaimedMail } from "#lib/mail/claim-mail.ts";

/** Tells, on the other channels, that a member's address is refused: once, until a mail reaches them again. */
export async function reportRefused(db: Transaction, { tenantId, memberId }: ClaimedMail, message: string): Promise<void> {
  const [told] = await db.$queryRaw<unknown[]>`
    SELECT 1 FROM events WHERE type = 'channel.failed' AND data ->> 'channelId' = ${memberId}
      AND created_at > COALESCE((SELECT max(created_at) FROM mails WHERE member_id = ${memberId} AND status = 'sent'), '-infinity') LIMIT 1`;
  if (told !== undefined) return;
  const subject = { tenantId, subjectKind: "mail", subjectId: memberId };
  await recordEvent(db, "channel.failed", subject, { channel: "mail", channelId: memberId, message });
}

/** Tells, on the other channels, that no mail of the tenant has gone out for an hour though some should have: once, until one does. */
export async function reportUnsendable(db: Transaction, tenantId: string, message: string): Promise<void> {
  const { HOLDFAST_CHANNEL_FAILING_SECONDS: seconds } = env();
  // Whoever else fails at this moment waits, and then sees the event.
  await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('mail:' || current_tenant(), 0))`;
  const [failing] = await db.$queryRaw<unknown[]>`
    WITH last AS (SELECT COALESCE(max(created_at), '-infinity') AS sent_at FROM mails WHERE status = 'sent')
    SELECT 1 FROM last WHERE EXISTS (
        SELECT 1 FROM mails WHERE status IN ('pending', 'failed') AND failure IS NOT NULL AND created_at > sent_at
          AND created_at <= clock_timestamp() - make_interval(secs => ${seconds}::float8))
      AND NOT EXISTS (
        SELECT 1 FROM events WHERE type = 'channel.failed' AND data ->> 'channel' = 'mail' AND data ->> 'channelId' IS NULL AND created_at > sent_at)`;
  if (failing === undefined) return;
  await recordEvent(db, "channel.failed", { tenantId, subjectKind: "mail" }, { channel: "mail", channelId: null, message });
}
