import { recoverBackup } from "#lib/backups/recover-backup.ts";
import { route } from "#lib/http/route.ts";

export const POST = route(recoverBackup);
