import { getNotices } from "#lib/alarms/get-notices.ts";
import { route } from "#lib/http/route.ts";

export const GET = route(getNotices);
