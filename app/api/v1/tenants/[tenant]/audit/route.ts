import { listAudit } from "#lib/audit/list-audit.ts";
import { route } from "#lib/http/route.ts";

export const GET = route(listAudit);
