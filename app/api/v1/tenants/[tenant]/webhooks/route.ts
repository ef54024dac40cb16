import { route } from "#lib/http/route.ts";
import { createWebhook } from "#lib/webhooks/create-webhook.ts";
import { listWebhooks } from "#lib/webhooks/list-webhooks.ts";

export const GET = route(listWebhooks);
export const POST = route(createWebhook);
