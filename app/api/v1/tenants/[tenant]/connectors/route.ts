import { route } from "#lib/http/route.ts";
import { listConnectors } from "#lib/systems/list-connectors.ts";

export const GET = route(listConnectors);
