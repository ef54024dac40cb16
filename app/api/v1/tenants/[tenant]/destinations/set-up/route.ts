import { describeSetUp } from "#lib/destinations/describe-set-up.ts";
import { route } from "#lib/http/route.ts";

export const POST = route(describeSetUp);
