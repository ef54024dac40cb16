import { route } from "#lib/http/route.ts";
import { createSystem } from "#lib/systems/create-system.ts";
import { listSystems } from "#lib/systems/list-systems.ts";

export const GET = route(listSystems);
export const POST = route(createSystem);
