import { route } from "#lib/http/route.ts";
import { previewPolicy } from "#lib/policies/preview-policy.ts";

export const POST = route(previewPolicy);
