import { sessionCookie } from "#lib/auth/session.ts";
import type { SessionClaim } from "#lib/auth/sessions.ts";
import { problemResponse } from "#lib/http/problem.ts";
import { addressOf, bodyOf, requireSameOrigin } from "#lib/http/route.ts";

export interface Visitor {
  address: string | null;
  userAgent: string | null;
}

/** A route for people who are not signed in yet: no session, but the same errors and the same refusal of other sites. */
export function publicRoute(
  work: (body: Record<string, unknown>, visitor: Visitor) => Promise<Response>,
): (request: Request) => Promise<Response> {
  return async (request) => {
    try {
      requireSameOrigin(request);
      return await work(await bodyOf(request), { address: addressOf(request), userAgent: request.headers.get("user-agent") });
    } catch (error) {
      return problemResponse(error);
    }
  };
}

/** Answers with where to go next, signed in. */
export async function signedInResponse(opened: { accountId: string; claim: SessionClaim; tenantSlug: string }): Promise<Response> {
  const headers = { "set-cookie": await sessionCookie(opened.accountId, opened.claim), "cache-control": "no-store" };
  return Response.json({ tenant: opened.tenantSlug }, { status: 201, headers });
}
