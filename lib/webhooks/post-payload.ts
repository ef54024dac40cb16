import http from "node:http";
import https from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import { env } from "#lib/env.ts";
import { addressGuard, PRODUCT_VERSION } from "#lib/installation.ts";
import type { AddressGuard } from "#lib/net/address-guard.ts";
import { cleanAnswer, LONGEST_ANSWER } from "#lib/webhooks/clean-answer.ts";
import { failureOfRequest, failureOfStatus } from "#lib/webhooks/failure-words.ts";
import { readRetryAfter } from "#lib/webhooks/retry-schedule.ts";

/** What one attempt came to. */
export interface Outcome {
  /** Null when nobody answered with a status. */
  statusCode: number | null;
  /** The cleaned beginning of the answer. */
  answer: string | null;
  /** Why it counts as failed, in a sentence; null when it arrived. */
  failure: string | null;
  /** What the receiver asked for, in milliseconds. */
  retryAfterMs: number | null;
  durationMs: number;
}

interface Posting {
  body: string;
  headers: Record<string, string>;
  signal: AbortSignal;
}

/** Once the status is there, the answer's text may take no longer than this: it is a help for people, and the status is what counts. */
const LONGEST_TEXT_MS = 2000;

/**
 * Posts a body, following no redirect, to an address that the installation's rule allows where it really leads to. Everything (name, connection, TLS,
 * headers) takes at most HOLDFAST_WEBHOOK_TIMEOUT_SECONDS. Resolves with whatever became of it; throws only what `signal` aborts with.
 */
export async function postPayload(
  url: URL,
  { body, headers, signal, guard = addressGuard() }: Posting & { guard?: AddressGuard },
): Promise<Outcome> {
  const timeoutMs = env().HOLDFAST_WEBHOOK_TIMEOUT_SECONDS * 1000;
  const begunMs = performance.now();
  const tookMs = () => Math.round(performance.now() - begunMs);
  const timeout = AbortSignal.timeout(timeoutMs);
  const either = AbortSignal.any([signal, timeout]);
  const agents = guard.httpAgents({ timeoutMs, signal: either, keepAlive: false });
  try {
    const response = await responseTo(url, agents, { body, headers, signal: either });
    const { statusCode = 0 } = response;
    const answer = cleanAnswer(await beginningOf(response), url);
    const retryAfterMs = readRetryAfter(response.headers["retry-after"], Date.now());
    return { statusCode, answer, failure: failureOfStatus(statusCode), retryAfterMs, durationMs: tookMs() };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const failure = timeout.aborted ? `No answer within ${timeoutMs / 1000} seconds.` : failureOfRequest(error, url);
    return { statusCode: null, answer: null, failure, retryAfterMs: null, durationMs: tookMs() };
  } finally {
    agents.http.destroy();
    agents.https.destroy();
  }
}

function responseTo(
  url: URL,
  agents: ReturnType<AddressGuard["httpAgents"]>,
  { body, headers, signal }: Posting,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = {
      method: "POST",
      signal,
      headers: {
        ...headers,
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        "user-agent": `Holdfast/${PRODUCT_VERSION} (webhooks)`,
        accept: "*/*",
        "accept-encoding": "identity",
        connection: "close",
      },
    };
    const request =
      url.protocol === "https:"
        ? https.request(url, { ...options, agent: agents.https })
        : http.request(url, { ...options, agent: agents.http });
    request.on("response", resolve).on("error", reject);
    // Another protocol than HTTP is never spoken: what asks for one is let go without an error of its own.
    request.on("close", () => reject(new Error("The connection closed without an answer.")));
    request.end(body);
  });
}

/** Reads at most what is kept, waits for it only a moment, and lets the rest go. A text that is cut off or slow changes nothing about the status. */
async function beginningOf(response: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const timer = new AbortController();
  const reading = new Promise<void>((resolve) => {
    response.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= LONGEST_ANSWER) resolve();
    });
    for (const end of ["end", "error", "close"]) response.on(end, () => resolve());
  });
  await Promise.race([reading, delay(LONGEST_TEXT_MS, undefined, { signal: timer.signal }).catch(() => undefined)]);
  timer.abort();
  response.destroy();
  return Buffer.concat(chunks).subarray(0, LONGEST_ANSWER);
}
