import { route } from "#lib/http/route.ts";
import { deleteWebhook } from "#lib/webhooks/delete-webhook.ts";
import { getWebhook } from "#lib/webhooks/get-webhook.ts";
import { updateWebhook } from "#lib/webhooks/update-webhook.ts";

export const GET = route(getWebhook);
export const PATCH = route(updateWebhook);
export const DELETE = route(deleteWebhook);
