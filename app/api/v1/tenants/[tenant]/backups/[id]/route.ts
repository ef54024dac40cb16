import { deleteBackup } from "#lib/backups/delete-backup.ts";
import { getBackup } from "#lib/backups/get-backup.ts";
import { route } from "#lib/http/route.ts";

export const GET = route(getBackup);
export const DELETE = route(deleteBackup);
