import { route } from "#lib/http/route.ts";
import { getKeyChallenge } from "#lib/keys/get-key-challenge.ts";

export const GET = route(getKeyChallenge);
