import { route } from "#lib/http/route.ts";
import { adoptKey } from "#lib/keys/adopt-key.ts";

export const POST = route(adoptKey);
