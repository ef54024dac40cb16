import { recentReadiness } from "#lib/http/readiness.ts";

export const dynamic = "force-dynamic";

/** Ready: database, migrations, queue and a worker are there; 503 with the reasons otherwise. */
export async function GET(): Promise<Response> {
  const { ready, ...why } = await recentReadiness();
  return Response.json({ ready, ...why }, { status: ready ? 200 : 503, headers: { "cache-control": "no-store" } });
}
