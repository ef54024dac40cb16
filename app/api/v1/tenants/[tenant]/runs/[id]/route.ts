import { route } from "#lib/http/route.ts";
import { getRun } from "#lib/runs/get-run.ts";

export const GET = route(getRun);
