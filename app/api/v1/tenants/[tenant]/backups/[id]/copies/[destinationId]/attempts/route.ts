import { retryCopy } from "#lib/copies/retry-copy.ts";
import { route } from "#lib/http/route.ts";

export const POST = route(retryCopy);
