import { route } from "#lib/http/route.ts";
import { listKeys } from "#lib/keys/list-keys.ts";

export const GET = route(listKeys);
