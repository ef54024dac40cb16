/** Next.js calls this once when a web process starts. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs" || process.env["NEXT_PHASE"] === "phase-production-build") return;
  const { watchFromWeb } = await import("#lib/alarms/watch-from-web.ts");
  watchFromWeb();
}
