import { downloadResponse } from "#lib/http/download-response.ts";
import { problemResponse } from "#lib/http/problem.ts";

export const dynamic = "force-dynamic";

export async function GET(request: Request, { params }: { params: Promise<{ tenant: string; token: string }> }): Promise<Response> {
  const { tenant, token } = await params;
  return downloadResponse(request, tenant, token).catch(problemResponse);
}
