export const dynamic = "force-dynamic";

/** Alive: the web process answers. */
export function GET(): Response {
  return Response.json({ status: "alive" }, { headers: { "cache-control": "no-store" } });
}
