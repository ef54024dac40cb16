import { contextOf } from "#lib/auth/session.ts";
import { env } from "#lib/env.ts";
import { BadRequestError, ForbiddenError } from "#lib/errors.ts";
import { problemResponse } from "#lib/http/problem.ts";
import { readBody } from "#lib/http/read-body.ts";
import type { AnyOperation } from "#lib/operation.ts";

type RouteContext = { params: Promise<Record<string, string>> };

/** As long as a UUID, a URL or a sentence. */
const LONGEST_IDEMPOTENCY_KEY = 255;

/**
 * Makes a route handler of an operation: request → context → operation → response. The operation's input is the
 * path's parameters and, for a read, the query, else the JSON body: addresses are logged on the way, and carry no secret.
 */
export function route(operation: AnyOperation): (request: Request, context: RouteContext) => Promise<Response> {
  return async (request, { params }) => {
    try {
      const { tenant = "", ...pathParameters } = await params;
      requireSameOrigin(request);
      const context = await contextOf(request.headers.get("cookie"), tenant, addressOf(request));
      const given = request.method === "GET" ? queryOf(request) : await bodyOf(request);
      const input = { ...given, ...pathParameters };
      const key = idempotencyKeyOf(request);
      const output = await operation.execute(key ? { ...context, idempotencyKey: key } : context, input);
      return answer(operation.http.status ?? 200, output);
    } catch (error) {
      return problemResponse(error);
    }
  };
}

function idempotencyKeyOf(request: Request): string | null {
  const key = request.method === "POST" ? request.headers.get("idempotency-key") : null;
  if (key === null || key.length <= LONGEST_IDEMPOTENCY_KEY) return key;
  throw new BadRequestError(`An Idempotency-Key has at most ${LONGEST_IDEMPOTENCY_KEY} characters.`);
}

/** The client's address as the server or the proxy before it saw it. */
export function addressOf(request: Request): string | null {
  return request.headers.get("x-forwarded-for")?.split(",").at(-1)?.trim() ?? null;
}

/** A browser always says where a changing request comes from; another site's is refused. Programs say nothing. */
export function requireSameOrigin(request: Request): void {
  if (request.method === "GET" || request.method === "HEAD") return;
  const origin = request.headers.get("origin");
  const site = request.headers.get("sec-fetch-site");
  const foreign = origin ? origin !== new URL(env().HOLDFAST_URL).origin : site !== null && site !== "same-origin" && site !== "none";
  if (!foreign) return;
  throw new ForbiddenError(
    `This request came from another site. Open Holdfast at ${env().HOLDFAST_URL}, or set HOLDFAST_URL to the address you use.`,
    "foreign-origin",
  );
}

function answer(status: number, output: unknown): Response {
  const headers = { "cache-control": "no-store" };
  return status === 204 ? new Response(null, { status, headers }) : Response.json(output, { status, headers });
}

function queryOf(request: Request): Record<string, string> {
  return Object.fromEntries(new URL(request.url).searchParams);
}

/** The JSON object in a request's body; {} without one. */
export async function bodyOf(request: Request): Promise<Record<string, unknown>> {
  if (request.method === "GET" || request.method === "HEAD") return {};
  const text = await readBody(request);
  if (text === "") return {};
  const value = parseJson(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new BadRequestError("The request's body must be a JSON object.");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new BadRequestError(`The request's body is not JSON: ${error instanceof Error ? error.message : "unreadable"}.`);
  }
}
