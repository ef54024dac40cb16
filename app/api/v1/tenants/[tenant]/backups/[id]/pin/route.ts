import { pinBackup } from "#lib/backups/pin-backup.ts";
import { unpinBackup } from "#lib/backups/unpin-backup.ts";
import { route } from "#lib/http/route.ts";

export const PUT = route(pinBackup);
export const DELETE = route(unpinBackup);
