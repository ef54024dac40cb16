import { route } from "#lib/http/route.ts";
import { revokeInvitation } from "#lib/members/revoke-invitation.ts";

export const DELETE = route(revokeInvitation);
