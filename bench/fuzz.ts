import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { fuzzTargets, mutate, tryInput } from "#lib/archive/fuzz-fixture.ts";
import { seededRandom } from "#lib/archive/seeded-random.ts";

// Broken input for every reader of foreign bytes: npm run bench fuzz [-- --seconds 60 --seed 1]. A finding names its reader and seed, which make the same input again.

/** Reading some kilobytes takes milliseconds; what takes this long hangs. */
const HANG_MS = 10_000;

interface Round {
  seconds: number;
  seed: number;
  /** The seed being tried, for the watcher. */
  current: Int32Array;
}

if (isMainThread) process.exitCode = await watch();
else await fuzz(workerData as Round);

/** Runs the readers in a thread, which a loop without end cannot keep from being noticed. */
async function watch(): Promise<number> {
  const { values } = parseArgs({ options: { seconds: { type: "string", default: "60" }, seed: { type: "string", default: "1" } } });
  const current = new Int32Array(new SharedArrayBuffer(4));
  const round: Round = { seconds: Number(values.seconds), seed: Number(values.seed), current };
  const thread = new Worker(new URL(import.meta.url), { workerData: round });
  const ended = new Promise<number>((resolve) => {
    thread.on("error", (error) => {
      console.error(`Finding at seed ${current[0]}:`, error);
      resolve(1);
    });
    thread.on("exit", (code) => resolve(code));
  });
  for (;;) {
    const before = current[0];
    const code = await Promise.race([ended, delay(HANG_MS, null, { ref: false })]);
    if (code !== null) return code;
    if (current[0] !== before) continue;
    console.error(`Seed ${before} has been read for ${HANG_MS / 1000} s: a hang.`);
    await thread.terminate();
    return 1;
  }
}

async function fuzz({ seconds, seed, current }: Round): Promise<void> {
  const targets = Object.entries(await fuzzTargets());
  const counts = Object.fromEntries(targets.map(([name]) => [name, { read: 0, refused: 0, "not JSON": 0 }]));
  const end = performance.now() + seconds * 1000;
  for (let next = seed; performance.now() < end; next++) {
    current[0] = next;
    for (const [name, target] of targets) {
      const random = seededRandom(next);
      const input = mutate(target, random);
      const refusal = await tryInput(target, input, random).catch((error: unknown) => {
        throw new Error(`The reader of ${name} failed on the input of seed ${next} (${input.length} bytes).`, { cause: error });
      });
      const count = counts[name];
      if (count) count[kindOf(refusal)]++;
    }
  }
  console.table(counts);
  console.log(`Seeds ${seed} to ${current[0]}: no crash, no hang.`);
}

/** Of refusals, those of the syntax apart: no field of theirs was looked at. */
function kindOf(refusal: string | null): "read" | "refused" | "not JSON" {
  if (refusal === null) return "read";
  return refusal.endsWith("is not JSON.") ? "not JSON" : "refused";
}
