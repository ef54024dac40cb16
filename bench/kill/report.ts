import type { Killed } from "./rounds.ts";

/** Rounds of the same kind. */
export interface Row {
  destination: string;
  point: string;
  rounds: Killed[];
}

const COLUMNS = ["destination", "point", "rounds", "kills", "runs", "completed once", "failed with reason", "doubled", "lost", "orphans", "missing", "opened", "by age", "unopened", "told", "untold", "seconds"]; // prettier-ignore

/** A table for people, with a last line of sums. */
export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => `| ${row.destination} | ${row.point} | ${figuresOf(row.rounds).join(" | ")} |`);
  const sums = figuresOf(rows.flatMap((row) => row.rounds));
  return [
    `| ${COLUMNS.join(" | ")} |`,
    `| --- | --- ${"| --: ".repeat(COLUMNS.length - 2)}|`,
    ...lines,
    `| all | | ${sums.join(" | ")} |`,
    ...rows.flatMap(reasonsOf),
  ].join("\n");
}

/** Why runs failed, a line for each reason: what a worker's death does not explain must not hide among what it does. */
export function reasonsOf(row: Row): string[] {
  const counts = new Map<string, number>();
  for (const reason of row.rounds.flatMap(({ reasons }) => reasons)) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${row.destination}, ${row.point}: ${count} failed, ${reason}`);
}

/** What went wrong, a sentence a line. */
export function complaintsOf(row: Row): string[] {
  return row.rounds.flatMap(({ doubled, lost, orphans, missing, unopened, untold, unreached }) => [
    ...doubled.map((what) => `doubled: ${what}`),
    ...lost.map((what) => `lost: ${what}`),
    ...orphans.map((what) => `orphan: ${what}`),
    ...missing.map((what) => `missing: ${what}`),
    ...unopened.map((what) => `does not open: ${what}`),
    ...untold.map((what) => `not told: ${what}`),
    ...unreached.map((what) => `nobody arrived at ${what}`),
  ]);
}

function figuresOf(rounds: readonly Killed[]): number[] {
  const sum = (pick: (round: Killed) => number) => rounds.reduce((total, round) => total + pick(round), 0);
  return [
    rounds.length,
    sum(({ kills }) => kills),
    sum(({ runs }) => runs),
    sum(({ completedOnce }) => completedOnce),
    sum(({ failedWithReason }) => failedWithReason),
    sum(({ doubled }) => doubled.length),
    sum(({ lost }) => lost.length),
    sum(({ orphans }) => orphans.length),
    sum(({ missing }) => missing.length),
    sum(({ opened }) => opened),
    sum(({ openedByAge }) => openedByAge),
    sum(({ unopened }) => unopened.length),
    sum(({ told }) => told),
    sum(({ untold }) => untold.length),
    Math.round(sum(({ seconds }) => seconds)),
  ];
}
