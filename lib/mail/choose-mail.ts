import { chosenFrom } from "#lib/events/mail-choice.ts";
import { readMailChoice } from "#lib/mail/get-mail-choice.ts";
import { chooseMailInput, mailChoiceSchema } from "#lib/mail/schemas.ts";
import { operation } from "#lib/operation.ts";

export const chooseMail = operation({
  name: "chooseMail",
  summary: "Chooses what is mailed to the signed-in member: exactly these types, of those that their role may be told of.",
  http: { method: "PATCH", path: "/notifications/mail" },
  permission: "notifications.own",
  input: chooseMailInput,
  output: mailChoiceSchema,
  audit: ({ address, types }) => ({
    action: "member.mailChosen",
    subjectLabel: address,
    detail: { types },
  }),
  changes: ["notifications"],
  run: async (db, context, { types }) => {
    const { memberId: id, role } = context.actor;
    const { mailTypes } = await db.member.findFirstOrThrow({ where: { id }, select: { mailTypes: true } });
    const chosen = chosenFrom(mailTypes, role, types);
    await db.$executeRaw`UPDATE members SET mail_types = ${chosen === null ? null : JSON.stringify(chosen)}::jsonb WHERE id = ${id}`;
    return readMailChoice(db, context);
  },
});
