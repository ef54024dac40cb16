import { listBackups } from "#lib/backups/list-backups.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { route } from "#lib/http/route.ts";

export const GET = route(listBackups);
export const POST = route(startBackup);
