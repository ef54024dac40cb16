import { route } from "#lib/http/route.ts";
import { validateStoredSystem } from "#lib/systems/validate-system.ts";

export const POST = route(validateStoredSystem);
