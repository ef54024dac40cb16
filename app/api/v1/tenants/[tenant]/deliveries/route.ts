import { route } from "#lib/http/route.ts";
import { listDeliveries } from "#lib/webhooks/list-deliveries.ts";

export const GET = route(listDeliveries);
