import { route } from "#lib/http/route.ts";
import { getKey } from "#lib/keys/get-key.ts";

export const GET = route(getKey);
