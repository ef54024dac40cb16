import { route } from "#lib/http/route.ts";
import { changeRole } from "#lib/members/change-role.ts";
import { removeMember } from "#lib/members/remove-member.ts";

export const PATCH = route(changeRole);
export const DELETE = route(removeMember);
