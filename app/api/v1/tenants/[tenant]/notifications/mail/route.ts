import { route } from "#lib/http/route.ts";
import { chooseMail } from "#lib/mail/choose-mail.ts";
import { getMailChoice } from "#lib/mail/get-mail-choice.ts";

export const GET = route(getMailChoice);
export const PATCH = route(chooseMail);
