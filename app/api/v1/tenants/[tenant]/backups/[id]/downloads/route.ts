import { startDownload } from "#lib/backups/downloads/start-download.ts";
import { route } from "#lib/http/route.ts";

export const POST = route(startDownload);
