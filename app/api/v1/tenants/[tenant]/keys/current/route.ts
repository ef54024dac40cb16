import { route } from "#lib/http/route.ts";
import { setCurrentKey } from "#lib/keys/set-current-key.ts";

export const PUT = route(setCurrentKey);
