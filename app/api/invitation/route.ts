import { publicRoute } from "#lib/http/public-route.ts";
import { findInvitation } from "#lib/members/accept-invitation.ts";
import { acceptInvitationInput } from "#lib/members/schemas.ts";
import { parseInput } from "#lib/operation.ts";

// A POST, because the token travels in the body: addresses end up in logs.
export const POST = publicRoute(async (body) =>
  Response.json(await findInvitation(parseInput(acceptInvitationInput.pick({ token: true }), body).token)),
);
