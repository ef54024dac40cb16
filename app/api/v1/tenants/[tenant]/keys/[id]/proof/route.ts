import { route } from "#lib/http/route.ts";
import { proveKey } from "#lib/keys/prove-key.ts";

export const POST = route(proveKey);
