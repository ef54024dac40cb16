import { route } from "#lib/http/route.ts";
import { listRuns } from "#lib/runs/list-runs.ts";

export const GET = route(listRuns);
