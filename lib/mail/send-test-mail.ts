import { z } from "zod";
import type { Context } from "#lib/auth/context.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { env } from "#lib/env.ts";
import { ConflictError, TooManyRequestsError } from "#lib/errors.ts";
import { oneLine } from "#lib/events/one-line.ts";
import { newId } from "#lib/ids.ts";
import { log } from "#lib/log.ts";
import { testMailSchema } from "#lib/mail/schemas.ts";
import { sendMessage, smtpServer } from "#lib/mail/send-message.ts";
import { operation } from "#lib/operation.ts";

export const sendTestMail = operation({
  name: "sendTestMail",
  summary: "Sends a mail to the signed-in member at once, and says what the mail server answered.",
  http: { method: "POST", path: "/notifications/mail/test" },
  permission: "notifications.own",
  input: z.object({}),
  output: testMailSchema,
  audit: ({ address, accepted }) => ({ action: "member.mailTested", subjectLabel: address, detail: { accepted } }),
  prepare: async (context) => {
    if (smtpServer() === null) {
      throw new ConflictError("No mail server is set up. Ask your operator to set SMTP_URL.", "no-mail-server");
    }
    await takeTurn(context);
    const outcome = await sendMessage(testMessage(context), new AbortController().signal);
    if (outcome.kind !== "sent") log.warn({ memberId: context.actor.memberId, reason: outcome.detail }, "A test mail could not be sent");
    return outcome;
  },
  run: async (_db, { actor: { email: address } }, _input, outcome) =>
    Promise.resolve(
      outcome.kind === "sent"
        ? { address, accepted: true, message: "The mail server took it." }
        : { address, accepted: false, message: outcome.sentence },
    ),
});

const PAUSE_SECONDS = 60;

/** In the database: whichever process is asked, and whether or not the mail goes out. A time that lies ahead is a clock's that was set back. */
async function takeTurn({ tenant, actor }: Context): Promise<void> {
  const taken = await withTenant(
    tenant.id,
    (db) => db.$executeRaw`
      UPDATE members SET mail_tested_at = clock_timestamp()
      WHERE id = ${actor.memberId}
        AND (mail_tested_at BETWEEN clock_timestamp() - make_interval(secs => ${PAUSE_SECONDS}::float8) AND clock_timestamp()) IS NOT TRUE`,
  );
  if (taken > 0) return;
  throw new TooManyRequestsError("A test mail was sent a moment ago. Wait a minute, then try again.", PAUSE_SECONDS);
}

function testMessage({ actor, tenant }: Context) {
  const notificationsUrl = `${env().HOLDFAST_URL}/t/${tenant.slug}/notifications`;
  const name = oneLine(tenant.name);
  const words = `This is the test mail of ${name}. Mail from Holdfast reaches you.`;
  const html = `<!doctype html><html lang="en"><body><p>${words.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)}</p><p><a href="${notificationsUrl}">Choose what is mailed to you</a></p></body></html>`;
  const text = `${words}\n\nChoose what is mailed to you: ${notificationsUrl}\n`;
  const to = { name: actor.name, address: actor.email };
  return { to, subject: `[${name}] A test mail`, text, html, messageId: newId("mail"), notificationsUrl };
}
