import { z } from "zod";
import type { Context } from "#lib/auth/context.ts";
import { env } from "#lib/env.ts";
import { ConflictError, TooManyRequestsError } from "#lib/errors.ts";
import { newId } from "#lib/ids.ts";
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
  audit: "nothing: a mail to oneself that changes nothing",
  prepare: async (context) => {
    if (smtpServer() === null) {
      throw new ConflictError("No mail server is set up. Ask your operator to set SMTP_URL.", "no-mail-server");
    }
    takeTurn(context.actor.memberId);
    return sendMessage(testMessage(context), new AbortController().signal);
  },
  run: async (_db, _context, _input, outcome) =>
    Promise.resolve(
      outcome.kind === "sent"
        ? { accepted: true, message: `The mail server took it: “${outcome.response}”.` }
        : { accepted: false, message: outcome.sentence },
    ),
});

const PAUSE_SECONDS = 10;
const MOST_REMEMBERED = 10_000;

/** When each member pressed the button last, in this process. */
const turns = new Map<string, number>();

function takeTurn(memberId: string): void {
  const seconds = PAUSE_SECONDS - (performance.now() - (turns.get(memberId) ?? -Infinity)) / 1000;
  if (seconds > 0)
    throw new TooManyRequestsError("A test mail was sent a moment ago. Wait a few seconds, then try again.", Math.ceil(seconds));
  turns.delete(memberId);
  turns.set(memberId, performance.now());
  const [oldest] = turns.keys();
  if (turns.size > MOST_REMEMBERED && oldest !== undefined) turns.delete(oldest);
}

function testMessage({ actor, tenant }: Context) {
  const url = `${env().HOLDFAST_URL}/t/${tenant.slug}/notifications`;
  const name = tenant.name.replace(/\p{Cc}/gu, " ");
  const words = `This is the test mail of ${name}. Mail from Holdfast reaches you.`;
  const html = `<!doctype html><html lang="en"><body><p>${words.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)}</p><p><a href="${url}">Choose what is mailed to you</a></p></body></html>`;
  const text = `${words}\n\nChoose what is mailed to you: ${url}\n`;
  return { to: { name: actor.name, address: actor.email }, subject: `[${name}] A test mail`, text, html, messageId: newId("mail") };
}
