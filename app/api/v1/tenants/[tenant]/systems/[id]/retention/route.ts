import { route } from "#lib/http/route.ts";
import { getSystemRetention } from "#lib/systems/get-system-retention.ts";

export const GET = route(getSystemRetention);
