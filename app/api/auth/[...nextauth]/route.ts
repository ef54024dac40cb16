import type { NextRequest } from "next/server";
import { handleAuth } from "#lib/auth/session.ts";
import { problemResponse } from "#lib/http/problem.ts";

type RouteContext = { params: Promise<{ nextauth: string[] }> };

export async function GET(request: NextRequest, context: RouteContext): Promise<Response> {
  return handleAuth(request, context).catch(problemResponse);
}

export { GET as POST };
