import { route } from "#lib/http/route.ts";
import { cancelRestore } from "#lib/restores/cancel-restore.ts";

export const POST = route(cancelRestore);
