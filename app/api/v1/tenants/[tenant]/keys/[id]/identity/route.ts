import { route } from "#lib/http/route.ts";
import { exportKeyIdentity } from "#lib/keys/export-key-identity.ts";

export const POST = route(exportKeyIdentity);
