import { route } from "#lib/http/route.ts";
import { getRestore } from "#lib/restores/get-restore.ts";

export const GET = route(getRestore);
