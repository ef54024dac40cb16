/** An answer that is not a success, as the API gave it. Browser-safe. */
export class ProblemError extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors: { path: string; message: string }[];
  /** The whole body: a validation's steps are here. */
  readonly body: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>) {
    const detail = typeof body.detail === "string" ? body.detail : "Holdfast did not answer as expected. Try again.";
    super(detail);
    this.name = "ProblemError";
    this.status = status;
    this.code = typeof body.code === "string" ? body.code : "unknown";
    this.detail = detail;
    this.errors = Array.isArray(body.errors) ? (body.errors as { path: string; message: string }[]) : [];
    this.body = body;
  }
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/**
 * Calls the API of one tenant with the session's cookie. `path` begins with "/" below the tenant; for a GET, `input`
 * becomes the query. Throws ProblemError for every answer that is not a success.
 */
export async function callApi<Output>(tenant: string, method: Method, path: string, input?: Record<string, unknown>): Promise<Output> {
  return callJson<Output>(method, `/api/v1/tenants/${encodeURIComponent(tenant)}${path}`, input);
}

/** Like callApi, for the few addresses outside a tenant. */
export async function callJson<Output>(method: Method, url: string, input?: Record<string, unknown>): Promise<Output> {
  const query = method === "GET" && input ? queryOf(input) : "";
  const body = method === "GET" || !input ? {} : { body: JSON.stringify(input), headers: { "content-type": "application/json" } };
  const response = await fetch(`${url}${query}`, { method, ...body });
  const text = await response.text();
  const parsed = parse(text);
  if (!response.ok) throw new ProblemError(response.status, parsed);
  return parsed as Output;
}

function queryOf(input: Record<string, unknown>): string {
  const pairs = Object.entries(input).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
  return text === "" ? "" : `?${text}`;
}

function parse(text: string): Record<string, unknown> {
  if (text === "") return {};
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { detail: "Holdfast answered with something that is not its API. A proxy in between may be in the way." };
  }
}
