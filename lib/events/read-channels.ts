import type { Notices } from "#lib/alarms/schemas.ts";
import type { Role } from "#lib/auth/permissions.ts";
import type { Transaction } from "#lib/db/client.ts";
import { env } from "#lib/env.ts";
import { wantsMail } from "#lib/events/mail-choice.ts";

/** What somebody must be told of. */
const VITAL = "run.failed";

/** Whether failed backups of the present tenant reach anybody, by what its mails and webhooks have come to of late. */
export async function readChannels(db: Transaction): Promise<Notices["channels"]> {
  const mail = await mailState(db);
  const webhooks = await workingWebhooks(db);
  return { reachesSomebody: mail === "works" || webhooks > 0, mail, webhooks };
}

async function mailState(db: Transaction): Promise<Notices["channels"]["mail"]> {
  if (env().SMTP_URL === undefined) return "off";
  const seconds = env().HOLDFAST_CHANNEL_FAILING_SECONDS;
  // A member is out of reach once a mail was refused, or has been failing for an hour, and none has gone out since.
  const members = await db.$queryRaw<{ role: string; mailTypes: unknown; isFailing: boolean }[]>`
    SELECT member.role, member.mail_types AS "mailTypes", EXISTS (
      SELECT 1 FROM mails
      WHERE mails.member_id = member.id AND mails.created_at > COALESCE(last.sent_at, '-infinity') AND (mails.status = 'failed'
        OR mails.status IN ('pending', 'sending') AND mails.failure IS NOT NULL
          AND mails.created_at <= (SELECT clock_timestamp()) - make_interval(secs => ${seconds}::float8))) AS "isFailing"
    FROM members member
    LEFT JOIN LATERAL (SELECT max(created_at) AS sent_at FROM mails WHERE mails.member_id = member.id AND mails.status = 'sent') last ON true`;
  const wanting = members.filter(({ role, mailTypes }) => wantsMail({ role: role as Role, mailTypes }, VITAL));
  if (wanting.length === 0) return "unwanted";
  return wanting.some(({ isFailing }) => !isFailing) ? "works" : "failing";
}

async function workingWebhooks(db: Transaction): Promise<number> {
  const [row] = await db.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM webhooks
    WHERE enabled AND deleted_at IS NULL AND ${VITAL} = ANY (types) AND (failing_since IS NULL
      OR failing_since > clock_timestamp() - make_interval(secs => ${env().HOLDFAST_CHANNEL_FAILING_SECONDS}::float8))`;
  return row?.count ?? 0;
}
