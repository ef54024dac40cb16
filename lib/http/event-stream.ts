import type { Context } from "#lib/auth/context.ts";
import { contextOf } from "#lib/auth/session.ts";
import type { Change } from "#lib/db/changes.ts";
import { listenToChanges } from "#lib/db/change-feed.ts";
import { TooManyRequestsError } from "#lib/errors.ts";
import { addressOf } from "#lib/http/route.ts";

const KEEP_ALIVE_MS = 20_000;

/** A browser has one for each of its windows; a program that forgets to close them is stopped here. */
const MOST_OF_A_SESSION = 20;
const FULL_SECONDS = 30;

/** Pieces that a reader who has fallen asleep may leave lying; its browser connects anew and looks at everything again. */
const MOST_UNREAD = 100;

const openBySession = new Map<string, number>();

/**
 * Live updates as server-sent events: the kinds of things to look at again, never their content. The session is
 * checked again with every keep-alive, so that a removed member's stream ends too. Throws TooManyRequestsError when the session
 * has too many.
 */
export async function eventStream(request: Request, tenant: string): Promise<Response> {
  const cookie = request.headers.get("cookie");
  const context = await contextOf(cookie, tenant, addressOf(request));
  const isStillAllowed = () => contextOf(cookie, tenant, null);
  const stream = openStream(context, isStillAllowed, request);
  return new Response(stream, { headers: { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" } });
}

function openStream({ tenant, actor }: Context, isStillAllowed: () => Promise<unknown>, request: Request): ReadableStream<Uint8Array> {
  const free = takeOne(actor.sessionId);
  const encoder = new TextEncoder();
  let end = () => undefined as void;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let isOver = false;
        const send = (text: string) => {
          if (isOver) return;
          if ((controller.desiredSize ?? 0) <= 0) stop();
          else controller.enqueue(encoder.encode(text));
        };
        const tell = ({ tenantId, kinds, ids }: Change) => {
          if (tenantId === tenant.id || tenantId === "*") send(`data: ${JSON.stringify({ kinds, ids: ids ?? [] })}\n\n`);
        };
        end = () => {
          if (isOver) return;
          isOver = true;
          clearInterval(timer);
          unlisten();
          free();
        };
        const stop = () => {
          if (isOver) return;
          end();
          controller.close();
        };
        const unlisten = listenToChanges(tell);
        const lookAgain = () => {
          // Also keeps the request itself: one that is collected no longer passes on that its reader has gone.
          if (request.signal.aborted) end();
          else void isStillAllowed().then(() => send(": still here\n\n"), stop);
        };
        const timer = setInterval(lookAgain, KEEP_ALIVE_MS);
        request.signal.addEventListener("abort", () => end());
        if (request.signal.aborted) end();
        send("retry: 3000\n\n");
      },
      cancel: () => end(),
    },
    { highWaterMark: MOST_UNREAD },
  );
}

/** Counts one more stream of a session; answers how to give it back. */
function takeOne(sessionId: string): () => void {
  const open = openBySession.get(sessionId) ?? 0;
  if (open >= MOST_OF_A_SESSION)
    throw new TooManyRequestsError("This session has too many live updates open. Close some windows.", FULL_SECONDS);
  openBySession.set(sessionId, open + 1);
  return () => {
    const left = (openBySession.get(sessionId) ?? 1) - 1;
    if (left === 0) openBySession.delete(sessionId);
    else openBySession.set(sessionId, left);
  };
}
