import { contextOf } from "#lib/auth/session.ts";
import { listenToChanges } from "#lib/db/change-feed.ts";
import { addressOf } from "#lib/http/route.ts";

const KEEP_ALIVE_MS = 20_000;

/**
 * Live updates as server-sent events: the kinds of things to look at again, never their content. The session is
 * checked again with every keep-alive, so that a removed member's stream ends too.
 */
export async function eventStream(request: Request, tenant: string): Promise<Response> {
  const cookie = request.headers.get("cookie");
  const context = await contextOf(cookie, tenant, addressOf(request));
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string) => controller.enqueue(encoder.encode(text));
      const stop = () => {
        clearInterval(timer);
        unlisten();
        controller.close();
      };
      const unlisten = listenToChanges(({ tenantId, kinds, ids }) => {
        if (tenantId === context.tenant.id || tenantId === "*") send(`data: ${JSON.stringify({ kinds, ids: ids ?? [] })}\n\n`);
      });
      const timer = setInterval(() => {
        contextOf(cookie, tenant, null).then(
          () => send(": still here\n\n"),
          () => stop(),
        );
      }, KEEP_ALIVE_MS);
      request.signal.addEventListener("abort", () => {
        clearInterval(timer);
        unlisten();
      });
      send("retry: 3000\n\n");
    },
  });
  return new Response(stream, { headers: { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" } });
}
