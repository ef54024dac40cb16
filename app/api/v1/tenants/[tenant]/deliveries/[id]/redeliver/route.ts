import { route } from "#lib/http/route.ts";
import { redeliver } from "#lib/webhooks/redeliver.ts";

export const POST = route(redeliver);
