import { metricsText } from "#lib/http/metrics.ts";

export const dynamic = "force-dynamic";

/** Prometheus text: counts over the whole installation, no names. */
export async function GET(): Promise<Response> {
  return new Response(await metricsText(), {
    headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store" },
  });
}
