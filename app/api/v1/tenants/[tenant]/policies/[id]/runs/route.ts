import { route } from "#lib/http/route.ts";
import { startPolicyRuns } from "#lib/runs/start-policy-runs.ts";

export const POST = route(startPolicyRuns);
