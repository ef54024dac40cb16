import { parseArgs } from "node:util";
import { writeTable } from "./archive/report.ts";
import { type BenchInstallation, makeBenchInstallation } from "./schedule/bench-installation.ts";
import { measureLook } from "./schedule/due-query.ts";
import { fill } from "./schedule/fill.ts";
import type { Figures } from "./schedule/figures.ts";
import { measureNight, type Night } from "./schedule/night.ts";
import { describeLook, describeSurroundings, jsonRow, tableOf } from "./schedule/report.ts";
import { sharesOf } from "./schedule/shares.ts";

// Everybody's backups due at the same minute: npm run bench schedule [-- --systems 10000 --json --write]. One row for each queue, number of workers and
// destination; --backend postgres, --workers 1 and --destination-ms 0 choose among them, --concurrency sets WORKER_CONCURRENCY. --write puts the table
// into docs/benchmarks.md. --due-query measures what a look of the dispatcher costs instead, with --policies 100000 and --past-runs 5000000.

const { values } = parseArgs({
  options: {
    systems: { type: "string", default: "10000" },
    backend: { type: "string", multiple: true, default: ["postgres", "redis"] },
    workers: { type: "string", multiple: true, default: ["1", "2"] },
    "destination-ms": { type: "string", multiple: true, default: ["0", "100"] },
    concurrency: { type: "string" },
    "due-query": { type: "boolean", default: false },
    policies: { type: "string", default: "100000" },
    "past-runs": { type: "string", default: "5000000" },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const systems = wholeNumber(values.systems, "--systems");
const shares = sharesOf(systems);
const nights: Night[] = values.backend.map(backendOf).flatMap((backend) =>
  values["destination-ms"].flatMap((ms) => {
    const destinationMs = wholeNumber(ms, "--destination-ms");
    return values.workers.map((workers) => ({ backend, workers: wholeNumber(workers, "--workers"), systems, destinationMs }));
  }),
);
const environment: Record<string, string> = values.concurrency === undefined ? {} : { WORKER_CONCURRENCY: values.concurrency };
const say = values.json ? () => undefined : (text: string) => console.error(text);
await main();

async function main(): Promise<void> {
  const installation = await makeBenchInstallation();
  try {
    if (values["due-query"]) await look(installation);
    else await measure(installation);
  } finally {
    await installation.stop();
  }
}

async function measure(installation: BenchInstallation): Promise<void> {
  say(`Making ${shares.length} tenants with ${systems} systems …`);
  await fill(installation.original, shares);
  const rows: (Night & Figures)[] = [];
  for (const night of nights) {
    const figures = await measureNight(installation, night, environment);
    rows.push({ ...night, ...figures });
    say(JSON.stringify(rows.at(-1)));
  }
  if (values.json) console.log(JSON.stringify(rows.map(jsonRow), null, 2));
  else {
    const text = [await describeSurroundings(installation, shares, environment), tableOf(rows)].join("\n\n");
    console.log(text);
    if (values.write) writeTable(text, "schedule");
  }
}

async function look(installation: BenchInstallation): Promise<void> {
  const size = { policies: wholeNumber(values.policies, "--policies"), pastRuns: wholeNumber(values["past-runs"], "--past-runs") };
  say(`Making ${size.policies} policies with ${size.pastRuns} past runs …`);
  const costs = await measureLook(installation, size);
  if (values.json) console.log(JSON.stringify(costs, null, 2));
  else {
    const text = describeLook(installation, size, costs);
    console.log(text);
    if (values.write) writeTable(text, "due query");
  }
}

function wholeNumber(text: string, name: string): number {
  if (!/^\d{1,8}$/.test(text)) throw new Error(`${name} takes a whole number.`);
  return Number(text);
}

function backendOf(name: string): Night["backend"] {
  if (name === "postgres" || name === "redis") return name;
  throw new Error("--backend takes postgres or redis.");
}
