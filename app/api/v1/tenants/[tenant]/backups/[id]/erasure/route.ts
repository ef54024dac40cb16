import { eraseBackup } from "#lib/backups/erase-backup.ts";
import { route } from "#lib/http/route.ts";

export const POST = route(eraseBackup);
