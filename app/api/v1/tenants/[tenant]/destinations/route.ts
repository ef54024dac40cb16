import { createDestination } from "#lib/destinations/create-destination.ts";
import { listDestinations } from "#lib/destinations/list-destinations.ts";
import { route } from "#lib/http/route.ts";

export const GET = route(listDestinations);
export const POST = route(createDestination);
