import { eventStream } from "#lib/http/event-stream.ts";
import { problemResponse } from "#lib/http/problem.ts";

export const dynamic = "force-dynamic";

export async function GET(request: Request, { params }: { params: Promise<{ tenant: string }> }): Promise<Response> {
  return eventStream(request, (await params).tenant).catch(problemResponse);
}
