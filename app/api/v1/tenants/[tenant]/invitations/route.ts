import { route } from "#lib/http/route.ts";
import { inviteMember } from "#lib/members/invite-member.ts";
import { listInvitations } from "#lib/members/list-invitations.ts";

export const GET = route(listInvitations);
export const POST = route(inviteMember);
