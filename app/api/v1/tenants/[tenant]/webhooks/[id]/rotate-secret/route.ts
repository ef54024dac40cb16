import { route } from "#lib/http/route.ts";
import { rotateWebhookSecret } from "#lib/webhooks/rotate-webhook-secret.ts";

export const POST = route(rotateWebhookSecret);
