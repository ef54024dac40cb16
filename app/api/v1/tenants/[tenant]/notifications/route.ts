import { getChannels } from "#lib/events/get-channels.ts";
import { route } from "#lib/http/route.ts";

export const GET = route(getChannels);
