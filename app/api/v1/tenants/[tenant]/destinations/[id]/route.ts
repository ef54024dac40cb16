import { deleteDestination } from "#lib/destinations/delete-destination.ts";
import { getDestination } from "#lib/destinations/get-destination.ts";
import { updateDestination } from "#lib/destinations/update-destination.ts";
import { route } from "#lib/http/route.ts";

export const GET = route(getDestination);
export const PATCH = route(updateDestination);
export const DELETE = route(deleteDestination);
