import { route } from "#lib/http/route.ts";
import { createPolicy } from "#lib/policies/create-policy.ts";
import { listPolicies } from "#lib/policies/list-policies.ts";

export const GET = route(listPolicies);
export const POST = route(createPolicy);
