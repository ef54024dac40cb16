import { route } from "#lib/http/route.ts";
import { cancelVerification } from "#lib/verifications/cancel-verification.ts";

export const POST = route(cancelVerification);
