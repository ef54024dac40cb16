import { route } from "#lib/http/route.ts";
import { listRestores } from "#lib/restores/list-restores.ts";
import { planRestore } from "#lib/restores/plan-restore.ts";

export const GET = route(listRestores);
export const POST = route(planRestore);
