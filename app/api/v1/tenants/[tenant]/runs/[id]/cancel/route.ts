import { route } from "#lib/http/route.ts";
import { cancelRun } from "#lib/runs/cancel-run.ts";

export const POST = route(cancelRun);
