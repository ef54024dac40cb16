import {
  BadRequestError,
  ConflictError,
  ConnectorError,
  ForbiddenError,
  HoldfastError,
  InvalidInputError,
  NotFoundError,
  NotSignedInError,
  TooManyRequestsError,
} from "#lib/errors.ts";
import { log } from "#lib/log.ts";

/** RFC 9457 problem details, with our stable `code`. */
export interface Problem {
  type: "about:blank";
  title: string;
  status: number;
  code: string;
  detail: string;
  errors?: { path: string; message: string }[];
}

/** The one place where an error becomes an answer. Unknown errors are logged and never show their message. */
export function problemResponse(error: unknown): Response {
  const known = error instanceof HoldfastError ? error : null;
  if (!known) log.error({ err: error }, "A request failed for an unknown reason");
  const status = known ? statusOf(known) : 500;
  const problem: Problem & Record<string, unknown> = {
    ...(known instanceof InvalidInputError || known instanceof ConflictError ? known.extra : {}),
    type: "about:blank",
    title: titles[status] ?? "Error",
    status,
    code: known?.code ?? "internal",
    detail: known?.message ?? "Something went wrong on our side. It was noted in the log; try again, and tell your operator if it stays.",
    ...(known instanceof InvalidInputError ? { errors: known.errors } : {}),
  };
  const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
  if (known instanceof TooManyRequestsError) headers.set("retry-after", String(known.retryAfterSeconds));
  return new Response(JSON.stringify(problem), { status, headers });
}

const titles: Record<number, string> = {
  400: "Bad request",
  401: "Not signed in",
  403: "Not permitted",
  404: "Not found",
  409: "Conflict",
  422: "Invalid input",
  429: "Too many requests",
  500: "Internal error",
};

function statusOf(error: HoldfastError): number {
  if (error instanceof BadRequestError) return 400;
  if (error instanceof NotSignedInError) return 401;
  if (error instanceof ForbiddenError) return 403;
  if (error instanceof NotFoundError) return 404;
  if (error instanceof ConflictError) return 409;
  if (error instanceof TooManyRequestsError) return 429;
  if (error instanceof InvalidInputError || error instanceof ConnectorError) return 422;
  return 500;
}
