import { route } from "#lib/http/route.ts";
import { retryRun } from "#lib/runs/retry-run.ts";

export const POST = route(retryRun);
