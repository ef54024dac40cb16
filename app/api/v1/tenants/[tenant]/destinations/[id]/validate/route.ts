import { validateStoredDestination } from "#lib/destinations/validate-destination.ts";
import { route } from "#lib/http/route.ts";

export const POST = route(validateStoredDestination);
