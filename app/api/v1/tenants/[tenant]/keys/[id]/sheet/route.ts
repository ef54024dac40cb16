import { route } from "#lib/http/route.ts";
import { getRecoverySheet } from "#lib/keys/get-recovery-sheet.ts";

export const GET = route(getRecoverySheet);
