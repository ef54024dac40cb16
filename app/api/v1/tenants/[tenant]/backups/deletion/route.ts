import { previewDeletion } from "#lib/backups/preview-deletion.ts";
import { route } from "#lib/http/route.ts";

export const GET = route(previewDeletion);
