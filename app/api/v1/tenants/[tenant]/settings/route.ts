import { route } from "#lib/http/route.ts";
import { getSettings } from "#lib/settings/get-settings.ts";
import { updateSettings } from "#lib/settings/update-settings.ts";

export const GET = route(getSettings);
export const PATCH = route(updateSettings);
