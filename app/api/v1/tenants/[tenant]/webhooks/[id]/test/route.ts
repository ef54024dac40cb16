import { route } from "#lib/http/route.ts";
import { testWebhook } from "#lib/webhooks/test-webhook.ts";

export const POST = route(testWebhook);
