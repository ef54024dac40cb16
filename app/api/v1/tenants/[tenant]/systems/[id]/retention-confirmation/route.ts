import { route } from "#lib/http/route.ts";
import { confirmSystemRetention } from "#lib/systems/confirm-system-retention.ts";

export const POST = route(confirmSystemRetention);
