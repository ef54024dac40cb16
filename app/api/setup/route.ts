import { publicRoute, signedInResponse } from "#lib/http/public-route.ts";
import { setUpInput } from "#lib/members/schemas.ts";
import { parseInput } from "#lib/operation.ts";
import { setUp } from "#lib/tenants/set-up.ts";

export const POST = publicRoute(async (body, visitor) => signedInResponse(await setUp(parseInput(setUpInput, body), visitor)));
