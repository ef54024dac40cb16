import { z } from "zod";
import type { Context } from "#lib/auth/context.ts";
import type { Transaction } from "#lib/db/client.ts";
import { env } from "#lib/env.ts";
import { mailableTypes, wantsMail } from "#lib/events/mail-choice.ts";
import { type MailChoice, mailChoiceSchema } from "#lib/mail/schemas.ts";
import { operation } from "#lib/operation.ts";

export const getMailChoice = operation({
  name: "getMailChoice",
  summary: "What is mailed to the signed-in member.",
  http: { method: "GET", path: "/notifications/mail" },
  permission: "notifications.own",
  input: z.object({}),
  output: mailChoiceSchema,
  audit: "nothing: a look at one's own choice",
  run: (db, context) => readMailChoice(db, context),
});

/** The acting member's own choice. */
export async function readMailChoice(db: Transaction, { actor }: Context): Promise<MailChoice> {
  const { mailTypes } = await db.member.findFirstOrThrow({ where: { id: actor.memberId }, select: { mailTypes: true } });
  const available = mailableTypes(actor.role);
  const types = available.filter((type) => wantsMail({ role: actor.role, mailTypes }, type));
  const tried = { memberId: actor.memberId, OR: [{ status: "sent" }, { failure: { not: null } }] };
  const last = await db.mail.findFirst({ where: tried, orderBy: [{ createdAt: "desc" }, { id: "desc" }], select: { failure: true } });
  return { isConfigured: env().SMTP_URL !== undefined, address: actor.email, available, types, failure: last?.failure ?? null };
}
