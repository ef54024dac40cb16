import { route } from "#lib/http/route.ts";
import { executeRestore } from "#lib/restores/execute-restore.ts";

export const POST = route(executeRestore);
