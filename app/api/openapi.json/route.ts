import { openApiDocument } from "#lib/http/openapi.ts";
import { operations } from "#lib/http/operations.ts";

export const dynamic = "force-dynamic";

export function GET(): Response {
  return Response.json(openApiDocument(operations));
}
