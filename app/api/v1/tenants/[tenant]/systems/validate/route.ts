import { route } from "#lib/http/route.ts";
import { validateSystem } from "#lib/systems/validate-system.ts";

export const POST = route(validateSystem);
