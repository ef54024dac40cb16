import { z } from "zod";
import type { AnyOperation } from "#lib/operation.ts";

/** docs/api.md: every call in one table; `GET /api/openapi.json` has the schemas. */
export function apiDocument(operations: readonly AnyOperation[]): string {
  const sorted = [...operations].sort((a, b) => `${a.http.path} ${a.http.method}`.localeCompare(`${b.http.path} ${b.http.method}`, "en"));
  const rows = sorted.map(({ http, summary, permission, input }) => {
    const fields = Object.keys(z.toJSONSchema(input, { io: "input", unrepresentable: "any" }).properties ?? {});
    const given = fields.filter((field) => !http.path.includes(`{${field}}`)).map((field) => `\`${field}\``);
    return `| ${http.method} | \`${http.path}\` | ${summary} | \`${permission}\` | ${given.join(" ")} |`;
  });
  return [
    "# The HTTP API",
    "",
    "Written by `node ops/check-docs.ts --write` from the operations; a check fails when it is out of date.",
    "",
    "All paths lie below `/api/v1/tenants/{tenant}`, where `{tenant}` is the slug or the id. Requests carry the session's cookie; JSON in and out;",
    "times are RFC 3339 in UTC. Lists take `limit` and `cursor` and answer `{ items, nextCursor }`. Errors are RFC 9457 problem details with a stable",
    "`code`, and `errors: [{ path, message }]` for bad input. `Idempotency-Key` is honoured on POST. `GET /api/openapi.json` describes every schema.",
    "",
    "| method | path | what it does | permission | input |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
    "Beside them: `GET /events` (server-sent events: which kinds of things to look at again), `GET /api/health`, `GET /api/ready`, `GET /api/metrics`.",
    "",
  ].join("\n");
}
