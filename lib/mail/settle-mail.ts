import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { env } from "#lib/env.ts";
import { log } from "#lib/log.ts";
import type { ClaimedMail } from "#lib/mail/claim-mail.ts";
import type { Outcome } from "#lib/mail/outcome.ts";
import { reportRefused, reportUnsendable } from "#lib/mail/report-failing.ts";
import { notifyChange } from "#lib/db/changes.ts";
import { WorkStopped } from "#lib/queue/hold-work.ts";

const LONGEST_PAUSE_SECONDS = 3600;

/**
 * Writes down what became of a message, for all its mails, in one transaction that names the lease: a worker that was too slow changes nothing. A failure that
 * may pass is tried again, the pause doubling up to an hour, until the mail is a day old.
 */
export async function settleMail(mail: ClaimedMail, outcome: Outcome): Promise<void> {
  await withTenant(mail.tenantId, async (db) => {
    if (!(await isOurs(db, mail))) return;
    await write(db, mail, outcome);
    await notifyChange(db, { tenantId: mail.tenantId, kinds: ["notifications"] });
  });
  const { memberId, attempt, digest } = mail;
  const mails = digest.counts.reduce((sum, { count }) => sum + count, 0);
  if (outcome.kind === "sent") log.info({ memberId, mails }, "A mail was handed over");
  else log.warn({ memberId, mails, attempt, reason: outcome.sentence, detail: outcome.detail }, "A mail could not be sent");
}

/** Ends an attempt that could not be carried through for a reason of our own: another worker's turn. A message that was on its way stays as it was. */
export async function giveMailBack(mail: ClaimedMail, reason: unknown): Promise<void> {
  if (reason instanceof WorkStopped && reason.reason === "lost") return;
  if (!(reason instanceof WorkStopped)) log.error({ err: reason, memberId: mail.memberId }, "A mail could not be made");
  const pause = reason instanceof WorkStopped ? 0 : pauseSeconds(mail.attempt);
  await withTenant(mail.tenantId, async (db) => {
    if (await isOurs(db, mail)) await release(db, mail, { pause, keepsDigest: true, sentence: null });
  }).catch((error: unknown) => log.error({ err: error }, "A mail could not be given back; the reaper will do it"));
}

/** Locks the row that has the lease. */
async function isOurs(db: Transaction, { headId, lease }: ClaimedMail): Promise<boolean> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT id FROM mails WHERE id = ${headId} AND status = 'sending' AND lease_owner = ${lease} FOR NO KEY UPDATE`;
  return rows.length > 0;
}

async function write(db: Transaction, mail: ClaimedMail, outcome: Outcome): Promise<void> {
  if (outcome.kind === "sent") {
    await db.$executeRaw`
      UPDATE mails SET status = 'sent', lease_owner = NULL, failure = NULL, finished_at = clock_timestamp()
      WHERE digest_id = ${mail.digestId} AND status = 'sending'`;
    return;
  }
  if (outcome.kind === "refused") {
    await fail(db, mail, outcome.sentence, 0);
    await reportRefused(db, mail, outcome.sentence);
    return;
  }
  await fail(db, mail, outcome.sentence, env().HOLDFAST_MAIL_GIVE_UP_SECONDS);
  // The same name must not stand for two messages: one that may have arrived is never made anew with more in it.
  const keepsDigest = mail.isResend || !outcome.isUnsent;
  await release(db, mail, { pause: pauseSeconds(mail.attempt), keepsDigest, sentence: outcome.sentence });
  await reportUnsendable(db, mail.tenantId, outcome.sentence);
}

/** Those that are older than so many seconds are over. */
async function fail(db: Transaction, { digestId }: ClaimedMail, sentence: string, afterSeconds: number): Promise<void> {
  await db.$executeRaw`
    UPDATE mails SET status = 'failed', lease_owner = NULL, failure = ${sentence}, finished_at = clock_timestamp()
    WHERE digest_id = ${digestId} AND status = 'sending' AND created_at <= clock_timestamp() - make_interval(secs => ${afterSeconds}::float8)`;
}

async function release(
  db: Transaction,
  { digestId, memberId }: ClaimedMail,
  { pause, keepsDigest, sentence }: { pause: number; keepsDigest: boolean; sentence: string | null },
): Promise<void> {
  await db.$executeRaw`
    UPDATE mails SET status = 'pending', lease_owner = NULL, failure = COALESCE(${sentence}, failure),
      digest_id = CASE WHEN ${keepsDigest} THEN digest_id END, next_attempt_at = clock_timestamp() + make_interval(secs => ${pause}::float8)
    WHERE digest_id = ${digestId} AND status = 'sending'`;
  // Nothing went out, so the next attempt need not wait for as long as after a message.
  const seconds = Math.min(pause, env().HOLDFAST_MAIL_INTERVAL_SECONDS);
  await db.$executeRaw`UPDATE members SET mail_next_at = clock_timestamp() + make_interval(secs => ${seconds}::float8) WHERE id = ${memberId}`;
}

function pauseSeconds(attempt: number): number {
  return Math.min(LONGEST_PAUSE_SECONDS, env().HOLDFAST_MAIL_RETRY_SECONDS * 2 ** (attempt - 1));
}
