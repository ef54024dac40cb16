import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import type { Row } from "./cases.ts";
import type { Measured } from "./measured-process.ts";

const DOCUMENT = "docs/benchmarks.md";

/** One row for each case and program: the median of each figure. */
export function medians(rows: readonly Row[]): Row[] {
  const groups = Map.groupBy(rows, (row) => `${row.case} ${row.who}`);
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group;
      return first === undefined ? [] : [{ ...first, ...medianOf(group) }];
    })
    .sort((one, other) => one.case.localeCompare(other.case));
}

function medianOf(group: readonly Row[]): Pick<Row, "wallMs" | "cpuMs" | "peakMiB" | "storedBytes"> {
  const middle = (figure: (row: Row) => number): number => {
    const sorted = group.map(figure).sort((one, other) => one - other);
    return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
  };
  return {
    wallMs: middle((row) => row.wallMs),
    cpuMs: middle((row) => row.cpuMs),
    peakMiB: middle((row) => row.peakMiB),
    storedBytes: middle((row) => row.storedBytes),
  };
}

/** The rows for people, each with its time as a share of the pipeline's. */
export function tableOf(rows: readonly Row[], apart: { small: Measured; unlock: Measured }): string {
  const lines = rows.map((row) => {
    const pipeline = rows.find((other) => other.case === row.case && other.who === "pipeline");
    const share = pipeline === undefined ? "" : (row.wallMs / pipeline.wallMs).toFixed(2);
    const figures = [
      seconds(row.wallMs),
      share,
      seconds(row.cpuMs),
      `${row.peakMiB} MiB`,
      `${Math.round(row.storedBytes / 1024 ** 2)} MiB`,
    ];
    return `| ${row.case} | ${row.who} | ${figures.join(" | ")} |`;
  });
  return [
    "| case | program | wall time | of the pipeline's | CPU time | peak memory | stored |",
    "| --- | --- | --: | --: | --: | --: | --: |",
    ...lines,
    apartLine("50 KB packed, stored, fetched back and proven", apart.small),
    apartLine("key unlocked with its passphrase (scrypt)", apart.unlock),
  ].join("\n");
}

function apartLine(what: string, { wallMs, peakMiB }: Measured): string {
  return `| ${what} | holdfast | ${wallMs < 1000 ? `${Math.round(wallMs)} ms` : seconds(wallMs)} | | | ${Math.round(peakMiB)} MiB | |`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

/** Puts the text between the document's two marks for that benchmark. */
export function writeTable(text: string, name: "archive" | "schedule" | "due query"): void {
  const begin = `<!-- begin of the ${name} table -->`;
  const end = `<!-- end of the ${name} table -->`;
  const document = readFileSync(DOCUMENT, "utf8");
  const [before, rest] = document.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${DOCUMENT} has no marks for the table.`);
  writeFileSync(DOCUMENT, `${before}${begin}\n\n${text}\n\n${end}${after}`);
  spawnSync("prettier", ["--write", DOCUMENT]);
}
