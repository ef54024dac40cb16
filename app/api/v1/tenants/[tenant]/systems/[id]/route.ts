import { route } from "#lib/http/route.ts";
import { deleteSystem } from "#lib/systems/delete-system.ts";
import { getSystem } from "#lib/systems/get-system.ts";
import { updateSystem } from "#lib/systems/update-system.ts";

export const GET = route(getSystem);
export const PATCH = route(updateSystem);
export const DELETE = route(deleteSystem);
