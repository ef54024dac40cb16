import { route } from "#lib/http/route.ts";
import { protectKey } from "#lib/keys/protect-key.ts";

export const POST = route(protectKey);
