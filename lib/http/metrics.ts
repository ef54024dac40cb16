import { acrossTenants } from "#lib/db/across-tenants.ts";

/** Counts over the whole installation in Prometheus' text format (exposition format 0.0.4). */
export async function metricsText(): Promise<string> {
  const { tenants, systems, runs, backups, workers } = await acrossTenants("operator", async (db) => ({
    tenants: await db.tenant.count({ select: { id: true } }),
    systems: await db.system.count({ where: { deletedAt: null }, select: { id: true } }),
    runs: await db.run.groupBy({ by: ["status"], _count: { id: true } }),
    backups: await db.backup.aggregate({ where: { status: "completed" }, _count: { id: true }, _sum: { sizeBytes: true } }),
    workers: await db.worker.findMany({ select: { heartbeatAt: true } }),
  }));
  const newest = Math.max(0, ...workers.map((worker) => worker.heartbeatAt.getTime()));
  return [
    ...gauge("holdfast_tenants", "Tenants.", [["", tenants.id]]),
    ...gauge("holdfast_systems", "Connected systems.", [["", systems.id]]),
    ...gauge(
      "holdfast_runs",
      "Runs by status.",
      runs.map((group) => [`{status="${group.status}"}`, group._count.id]),
    ),
    ...gauge("holdfast_backups", "Completed backups.", [["", backups._count.id]]),
    ...gauge("holdfast_backup_bytes", "Bytes of completed backups, one copy each.", [["", Number(backups._sum.sizeBytes ?? 0n)]]),
    ...gauge("holdfast_workers", "Registered workers.", [["", workers.length]]),
    ...gauge("holdfast_worker_seen_timestamp_seconds", "When a worker was last seen.", [["", newest / 1000]]),
    "",
  ].join("\n");
}

function gauge(name: string, help: string, values: [labels: string, value: number][]): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...values.map(([labels, value]) => `${name}${labels} ${value}`)];
}
