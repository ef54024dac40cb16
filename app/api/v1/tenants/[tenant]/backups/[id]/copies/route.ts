import { addCopy } from "#lib/copies/add-copy.ts";
import { route } from "#lib/http/route.ts";

export const POST = route(addCopy);
