import { Readable } from "node:stream";
import { contextOf } from "#lib/auth/session.ts";
import { openDownload } from "#lib/backups/downloads/open-download.ts";
import { addressOf } from "#lib/http/route.ts";

/** Streams what is behind a one-use link, to the session that proved itself for it. */
export async function downloadResponse(request: Request, tenant: string, token: string): Promise<Response> {
  const context = await contextOf(request.headers.get("cookie"), tenant, addressOf(request));
  const { fileName, sizeBytes, stream } = await openDownload({ context, token, signal: request.signal });
  return new Response(Readable.toWeb(stream) as ReadableStream<Uint8Array>, {
    headers: {
      "content-type": "application/octet-stream",
      ...(sizeBytes !== null && { "content-length": String(sizeBytes) }),
      "content-disposition": `attachment; filename="${fileName}"`,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
  });
}
