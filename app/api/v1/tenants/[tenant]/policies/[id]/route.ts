import { route } from "#lib/http/route.ts";
import { deletePolicy } from "#lib/policies/delete-policy.ts";
import { getPolicy } from "#lib/policies/get-policy.ts";
import { updatePolicy } from "#lib/policies/update-policy.ts";

export const GET = route(getPolicy);
export const PATCH = route(updatePolicy);
export const DELETE = route(deletePolicy);
