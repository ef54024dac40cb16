import { route } from "#lib/http/route.ts";
import { listMembers } from "#lib/members/list-members.ts";

export const GET = route(listMembers);
