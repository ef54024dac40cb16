import { withTenant } from "#lib/db/with-tenant.ts";
import { type ClaimedMail, claimMail } from "#lib/mail/claim-mail.ts";
import { sendMessage } from "#lib/mail/send-message.ts";
import { giveMailBack, settleMail } from "#lib/mail/settle-mail.ts";
import { writeMessage } from "#lib/mail/write-message.ts";
import { holdWork } from "#lib/queue/hold-work.ts";
import type { ActiveWorker } from "#lib/queue/jobs.ts";
import { faultPoint } from "#lib/runs/fault-points.ts";

export interface MailJob {
  tenantId: string;
  memberId: string;
  worker: Pick<ActiveWorker, "signal">;
}

/** The job of a member's mail: what waits goes out in one message. What comes of it is the rows'; resolves without doing anything when nothing is due. */
export async function mailJob({ tenantId, memberId, worker }: MailJob): Promise<void> {
  const mail = await claimMail(tenantId, memberId);
  if (mail === null) return;
  const held = holdWork(() => renew(mail), worker.signal);
  try {
    const { to, digestId: messageId, digest } = mail;
    const message = { to, messageId, notificationsUrl: digest.notificationsUrl, ...writeMessage(digest) };
    const outcome = await sendMessage(message, held.signal);
    await faultPoint("in-mail");
    // What was handed over was handed over, whoever has the lease by now.
    if (outcome.kind === "later") held.signal.throwIfAborted();
    await settleMail(mail, outcome);
  } catch (error) {
    await giveMailBack(mail, held.signal.aborted ? held.signal.reason : error);
  } finally {
    held.release();
  }
}

/** Only one of the message's rows has a lease: there may be thousands of others. */
async function renew({ tenantId, headId, lease }: ClaimedMail): Promise<"ours" | "lost"> {
  return withTenant(tenantId, async (db) => {
    const count = await db.$executeRaw`
      UPDATE mails SET lease_beat = lease_beat + 1 WHERE id = ${headId} AND status = 'sending' AND lease_owner = ${lease}`;
    return count > 0 ? "ours" : "lost";
  });
}
