import { startSystemExport } from "#lib/exports/start-system-export.ts";
import { route } from "#lib/http/route.ts";

export const POST = route(startSystemExport);
