import { route } from "#lib/http/route.ts";
import { getDelivery } from "#lib/webhooks/get-delivery.ts";

export const GET = route(getDelivery);
