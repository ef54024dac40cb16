import { publicRoute, signedInResponse } from "#lib/http/public-route.ts";
import { acceptInvitation } from "#lib/members/accept-invitation.ts";
import { acceptInvitationInput } from "#lib/members/schemas.ts";
import { parseInput } from "#lib/operation.ts";

export const POST = publicRoute(async (body, visitor) =>
  signedInResponse(await acceptInvitation(parseInput(acceptInvitationInput, body), visitor)),
);
