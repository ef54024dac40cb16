import { mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pathsIn } from "./archive/bench-folder.ts";
import { prepare, type Row, runHoldfast, runRound, type Who } from "./archive/cases.ts";
import { describeMachine } from "./archive/machine.ts";
import { medians, tableOf, writeTable } from "./archive/report.ts";

// Holdfast beside the command line's tools and restic, on the same bytes, by turns: npm run bench archive
// [-- --size 1GiB --rounds 3 --only holdfast --json --write]. --write puts the table into docs/benchmarks.md.

const UNITS = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;
/** Source, what came back, and three times what is stored. */
const ROOM = 3.5;

const { values } = parseArgs({
  options: {
    size: { type: "string", default: "1GiB" },
    rounds: { type: "string", default: "3" },
    only: { type: "string" },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const everyone: readonly Who[] = ["holdfast", "pipeline", "restic"];
const who = everyone.filter((name) => values.only === undefined || values.only === name);
const rounds = Number(values.rounds);
if (who.length === 0) throw new Error(`--only takes one of ${everyone.join(", ")}.`);
if (!(rounds >= 1)) throw new Error("--rounds takes a whole number from 1.");

const sizeBytes = bytesOf(values.size);
const { bavail, bsize } = statfsSync(tmpdir());
if (bavail * bsize < sizeBytes * ROOM) throw new Error(`${tmpdir()} has too little room: ${ROOM} times the size is needed.`);
const paths = pathsIn(mkdtempSync(join(tmpdir(), "holdfast-bench-")));
// However it ends; what was just killed may need a moment to let go of its files.
process.once("exit", () => rmSync(paths.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
await main();

async function main(): Promise<void> {
  const say = values.json ? () => undefined : (text: string) => console.error(text);
  say(`Making ${values.size} of data …`);
  const { files, hash } = await prepare(paths, sizeBytes);
  const rows: Row[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    for (const name of who) {
      say(`Round ${round} of ${rounds}: ${name} …`);
      rows.push(...(await runRound(paths, name, hash)));
    }
  }
  if (values.json) {
    console.log(JSON.stringify(medians(rows), null, 2));
    return;
  }
  const apart = { small: await runHoldfast(paths, "small"), unlock: await runHoldfast(paths, "unlock") };
  const lines = [
    `${values.size} in ${files} files, medians of ${rounds} rounds.`,
    describeMachine(tmpdir()),
    tableOf(medians(rows), apart),
  ];
  const text = lines.join("\n\n");
  console.log(text);
  if (values.write) writeTable(text, "archive");
}

function bytesOf(size: string): number {
  const [, digits, unit] = /^(\d+)(KiB|MiB|GiB)$/.exec(size) ?? [];
  const factor = UNITS[unit as keyof typeof UNITS];
  if (digits === undefined || unit === undefined) throw new Error("--size takes a number of KiB, MiB or GiB, such as 256MiB.");
  return Number(digits) * factor;
}
