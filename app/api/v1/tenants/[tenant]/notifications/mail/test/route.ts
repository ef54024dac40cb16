import { route } from "#lib/http/route.ts";
import { sendTestMail } from "#lib/mail/send-test-mail.ts";

export const POST = route(sendTestMail);
