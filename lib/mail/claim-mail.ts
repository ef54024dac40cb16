import { randomUUID } from "node:crypto";
import type { Role } from "#lib/auth/permissions.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { env } from "#lib/env.ts";
import { eventNames, failureNames } from "#lib/events/event-types.ts";
import { wantsMail } from "#lib/events/mail-choice.ts";
import { type Digest, MOST_SHOWN } from "#lib/mail/write-message.ts";

/** Mails in one message; more follow in the next. One that may have arrived is no bigger, so that it is taken as it was. */
const MOST_MAILS = 5000;

/** A message in this worker's hands: all the mails that go out in it. */
export interface ClaimedMail {
  tenantId: string;
  memberId: string;
  /** The message's own name: one that may have arrived keeps it. */
  digestId: string;
  /** The one of its mails whose row has the lease. */
  headId: string;
  lease: string;
  /** True when these same mails were tried before, and may have arrived. */
  isResend: boolean;
  /** Of the mail that was tried most often, this one included. */
  attempt: number;
  to: { name: string; address: string };
  digest: Digest;
}

interface Recipient {
  role: string;
  mailTypes: unknown;
  isWaiting: boolean;
  name: string;
  address: string;
}

/**
 * Takes everything that waits to be mailed to a member, as one message under a lease. Null when there is nothing to do: somebody else is at it, the last message
 * is too young (then it waits), or nothing is due. A message that may have arrived is taken as it was, so that a second one can be known as such.
 */
export async function claimMail(tenantId: string, memberId: string): Promise<ClaimedMail | null> {
  return withTenant(tenantId, async (db) => {
    const recipient = await lockRecipient(db, memberId);
    if (recipient === null) return null;
    if (await db.mail.findFirst({ where: { memberId, status: "sending" }, select: { id: true } })) return null;
    if (recipient.isWaiting) {
      await putOff(db, memberId);
      return null;
    }
    await cancelUnwanted(db, memberId, recipient);
    const taken = await takeDigest(db, memberId);
    if (taken === null) return null;
    const { HOLDFAST_MAIL_INTERVAL_SECONDS: pause } = env();
    await db.$executeRaw`UPDATE members SET mail_next_at = clock_timestamp() + make_interval(secs => ${pause}::float8) WHERE id = ${memberId}`;
    const { name, address } = recipient;
    return { tenantId, memberId, ...taken, to: { name, address }, digest: await readDigest(db, taken.digestId) };
  });
}

/** One claim of a member's mail at a time. */
async function lockRecipient(db: Transaction, memberId: string): Promise<Recipient | null> {
  const [row] = await db.$queryRaw<Recipient[]>`
    SELECT member.role, member.mail_types AS "mailTypes", account.name, account.email AS address,
      COALESCE(member.mail_next_at > clock_timestamp(), false) AS "isWaiting"
    FROM members member JOIN accounts account ON account.id = member.account_id
    WHERE member.id = ${memberId} FOR NO KEY UPDATE OF member`;
  return row ?? null;
}

async function putOff(db: Transaction, memberId: string): Promise<void> {
  await db.$executeRaw`
    UPDATE mails SET next_attempt_at = members.mail_next_at FROM members
    WHERE members.id = ${memberId} AND mails.member_id = ${memberId} AND mails.status = 'pending' AND mails.next_attempt_at < members.mail_next_at`;
}

/** Chosen otherwise since, or no longer for the member's eyes. */
async function cancelUnwanted(db: Transaction, memberId: string, { role, mailTypes }: Recipient): Promise<void> {
  const unwanted = eventNames.filter((type) => !wantsMail({ role: role as Role, mailTypes }, type));
  await db.$executeRaw`
    UPDATE mails SET status = 'cancelled', finished_at = clock_timestamp(), next_attempt_at = NULL FROM events
    WHERE mails.member_id = ${memberId} AND mails.status = 'pending' AND events.id = mails.event_id AND events.type = ANY (${unwanted})`;
}

async function takeDigest(db: Transaction, memberId: string) {
  const [first] = await db.$queryRaw<{ id: string; digestId: string | null }[]>`
    SELECT id, digest_id AS "digestId" FROM mails
    WHERE member_id = ${memberId} AND status = 'pending' AND next_attempt_at <= clock_timestamp()
    ORDER BY digest_id NULLS LAST, id LIMIT 1`;
  if (!first) return null;
  const lease = randomUUID();
  const digestId = first.digestId ?? first.id;
  // What waits for another attempt goes along.
  const [taken] = await db.$queryRaw<{ attempt: number; headId: string }[]>`
    WITH taken AS (
      UPDATE mails SET status = 'sending', digest_id = ${digestId}, attempt = attempt + 1, next_attempt_at = NULL
      WHERE id IN (
        SELECT id FROM mails WHERE member_id = ${memberId} AND status = 'pending' AND digest_id IS NOT DISTINCT FROM ${first.digestId}
        ORDER BY id <> ${first.id}, id LIMIT ${MOST_MAILS})
      RETURNING id, attempt)
    SELECT max(attempt)::int AS attempt, min(id) AS "headId" FROM taken`;
  const { attempt = 1, headId = digestId } = taken ?? {};
  await db.$executeRaw`UPDATE mails SET lease_owner = ${lease}, lease_beat = lease_beat + 1 WHERE id = ${headId}`;
  return { digestId, headId, lease, isResend: first.digestId !== null, attempt };
}

async function readDigest(db: Transaction, digestId: string): Promise<Digest> {
  const { slug, name } = await db.tenant.findFirstOrThrow({ select: { slug: true, name: true } });
  const counts = await db.$queryRaw<Digest["counts"]>`
    SELECT events.type, count(*)::int AS count FROM mails JOIN events ON events.id = mails.event_id
    WHERE mails.digest_id = ${digestId} AND mails.status = 'sending' GROUP BY events.type`;
  const shown = await db.$queryRaw<Digest["shown"]>`
    SELECT events.type, events.created_at AS at, events.data FROM mails JOIN events ON events.id = mails.event_id
    WHERE mails.digest_id = ${digestId} AND mails.status = 'sending'
    ORDER BY events.type = ANY (${failureNames}) DESC, events.created_at DESC LIMIT ${MOST_SHOWN}`;
  const tenantUrl = `${env().HOLDFAST_URL}/t/${slug}`;
  return { tenantName: name, tenantUrl, notificationsUrl: `${tenantUrl}/notifications`, counts, shown };
}
