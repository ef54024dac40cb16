import { route } from "#lib/http/route.ts";
import { getOverview } from "#lib/runs/get-overview.ts";

export const GET = route(getOverview);
