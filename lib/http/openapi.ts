import { z } from "zod";
import { permissions } from "#lib/auth/permissions.ts";
import { PRODUCT_VERSION } from "#lib/installation.ts";
import type { AnyOperation } from "#lib/operation.ts";

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of the whole API, derived from the operations. */
export function openApiDocument(operations: readonly AnyOperation[]): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = `/api/v1/tenants/{tenant}${operation.http.path}`;
    paths[path] = { ...paths[path], [operation.http.method.toLowerCase()]: describe(operation) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Holdfast", version: PRODUCT_VERSION, description: "Encrypted, verified backups of configuration." },
    paths,
    components: {
      securitySchemes: { session: { type: "apiKey", in: "cookie", name: "next-auth.session-token" } },
      schemas: { Problem: problemSchema },
    },
    security: [{ session: [] }],
  };
}

function describe(operation: AnyOperation): Json {
  const { properties = {}, required = [] } = z.toJSONSchema(operation.input, { io: "input", unrepresentable: "any" }) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  const inPath = [...operation.http.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
  const rest = Object.entries(properties).filter(([name]) => !inPath.includes(name));
  const isRead = operation.http.method === "GET";
  const parameters = [
    ...["tenant", ...inPath].map((name) => ({ name, in: "path", required: true, schema: { type: "string" } })),
    ...(isRead ? rest.map(([name, schema]) => ({ name, in: "query", required: required.includes(name), schema })) : []),
  ];
  const body = { type: "object", properties: Object.fromEntries(rest), required: required.filter((name) => !inPath.includes(name)) };
  return {
    operationId: operation.name,
    summary: operation.summary,
    description: `Needs the permission \`${operation.permission}\`: ${permissions[operation.permission].roles.join(", ")}.`,
    parameters,
    ...(isRead || rest.length === 0 ? {} : { requestBody: { required: true, content: { "application/json": { schema: body } } } }),
    responses: {
      [String(operation.http.status ?? 200)]: {
        description: "Done.",
        content: { "application/json": { schema: z.toJSONSchema(operation.output, { unrepresentable: "any" }) } },
      },
      default: { description: "A problem.", content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } } },
    },
  };
}

const problemSchema = {
  type: "object",
  required: ["type", "title", "status", "code", "detail"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    code: { type: "string" },
    detail: { type: "string" },
    errors: { type: "array", items: { type: "object", properties: { path: { type: "string" }, message: { type: "string" } } } },
  },
};
