import { route } from "#lib/http/route.ts";
import { verifyBackup } from "#lib/verifications/verify-backup.ts";

export const POST = route(verifyBackup);
