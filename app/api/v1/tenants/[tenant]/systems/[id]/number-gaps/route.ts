import { getSystemNumberGaps } from "#lib/catalogue/get-system-number-gaps.ts";
import { route } from "#lib/http/route.ts";

export const GET = route(getSystemNumberGaps);
