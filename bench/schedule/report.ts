import { describeWith, versionOf } from "../archive/machine.ts";
import { asSuperuser, type BenchInstallation } from "./bench-installation.ts";
import type { StatementCost } from "./due-query.ts";
import { DUE_ONE_IN } from "./history.ts";
import type { Figures } from "./figures.ts";
import type { Night } from "./night.ts";

/** What `--json` prints of a night. */
export function jsonRow({ backend, workers, systems, destinationMs, ...figures }: Night & Figures) {
  const { runsPerMinute, latenessP50Ms, latenessP99Ms, fairness } = figures;
  return { backend, workers, systems, destinationMs, runsPerMinute, latenessP50Ms, latenessP99Ms, fairness };
}

/** The rows for people. */
export function tableOf(rows: readonly (Night & Figures)[]): string {
  const lines = rows.map((row) => {
    const { backend, destinationMs, workers, runsPerMinute, fairness, others, single } = row;
    const lateness = [row.latenessP50Ms, row.latenessP99Ms].map((ms) => `${(ms / 1000).toFixed(1)} s`);
    const slow = destinationMs === 0 ? "no delay" : `${destinationMs} ms`;
    const ratios = [fairness, others, single].map((ratio) => ratio.toFixed(2));
    return `| ${[backend, slow, workers, runsPerMinute, ...lateness, ...ratios].join(" | ")} |`;
  });
  return [
    "| queue | destination | workers | runs a minute | late, median | late, 99 % | fairness | without the biggest | single |",
    "| --- | --- | --: | --: | --: | --: | --: | --: | --: |",
    ...lines,
  ].join("\n");
}

/** What was measured, and on what. */
export async function describeSurroundings(
  installation: BenchInstallation,
  shares: readonly number[],
  environment: Record<string, string>,
): Promise<string> {
  const systems = shares.reduce((sum, share) => sum + share, 0);
  const single = shares.filter((share) => share === 1).length;
  const concurrency = environment["WORKER_CONCURRENCY"] ?? "the default";
  const { rows } = await asSuperuser(installation.original, (client) => client.query<{ server_version: string }>("SHOW server_version"));
  const tools = [
    `Node ${process.versions.node}`,
    `PostgreSQL ${rows[0]?.server_version ?? ""}`,
    `Redis ${versionOf("redis-server", "--version")}`,
  ];
  return [
    `${systems} systems of ${shares.length} tenants, all due at the same minute: ${shares[0] ?? 0} of one tenant, one each of ${single}, the rest in equal parts. WORKER_CONCURRENCY is ${concurrency}.`,
    describeWith(installation.folder, tools),
  ].join("\n\n");
}

/** The look of a dispatcher for people. */
export function describeLook(
  installation: BenchInstallation,
  { policies, pastRuns }: { policies: number; pastRuns: number },
  costs: readonly StatementCost[],
): string {
  const cell = (ms: number | null) => (ms === null ? "" : `${ms.toFixed(1)} ms`);
  const lines = costs.map(
    ({ statement, busyMs, nextMs, pages, access }) => `| \`${statement}\` | ${cell(busyMs)} | ${cell(nextMs)} | ${pages} | ${access} |`,
  );
  const table = ["| statement | with runs due | a later look | pages | reads by |", "| --- | --: | --: | --: | --- |", ...lines].join("\n");
  return [
    `Looks of a dispatcher at ${policies} policies with ${pastRuns} past runs. At the first one, one policy in ${DUE_ONE_IN} is due. All statements of a later one that name a big table, and those of 5 ms and more of the first.`,
    describeWith(installation.folder, [`Node ${process.versions.node}`]),
    table,
  ].join("\n\n");
}
