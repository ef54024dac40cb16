import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Ground, makeGround, SHORT_TIMES } from "#bench/kill/ground.ts";
import { type BenchInstallation, makeInstallation } from "#bench/kill/installation.ts";
import { isGood, judge } from "#bench/kill/judge.ts";
import { Waves } from "#bench/kill/waves.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { compiledBefore } from "#e2e/servers/worker-process.ts";
import { closeClients } from "#lib/db/client.ts";
import type { FaultPoint } from "#lib/runs/fault-points.ts";
import { type Supervised, supervise } from "#ops/supervise.ts";

// The database of these tests is a server of their own, which ends at once, as in a power cut, and comes back.

const ENDED_WITHIN_MS = 200_000;

let installation: BenchInstallation;
let sshd: Sshd;
let ground: Ground;
const workers: Supervised[] = [];

beforeAll(async () => {
  [installation, sshd] = await Promise.all([makeInstallation(SHORT_TIMES), startSshd()]);
  ground = await makeGround({ ...installation, sshd, s3: null, receiver: null, tenants: 2 });
}, 300_000);
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
});
afterAll(async () => {
  await sshd.stop();
  await installation.remove();
});

/** Two workers, as `npm start` keeps them running. */
function startWorkers(more: Record<string, string> = {}): void {
  const environment = { PATH: process.env["PATH"], NODE_ENV: "test" as const, ...compiledBefore(), ...ground.environment, ...more };
  for (const name of ["one", "two"]) workers.push(supervise({ name, args: ["worker/main.ts"], environment, drainMs: 30_000 }));
}

/** Away for `ms`, as after a power cut: nobody is told, nothing is written to the end. */
async function outage(ms: number): Promise<void> {
  await installation.breakDown();
  await delay(ms);
  await installation.comeBack();
  // This process's own connections are broken, too.
  await closeClients();
}

test.each<[string, FaultPoint, number]>([
  ["in the middle of an upload, for a moment", "mid-upload", 200],
  ["while an archive is read back, for longer than a lease", "during-proof", 9000],
  ["in the transaction that completes a run", "during-commit", 1000],
])(
  "a database that goes away %s and comes back loses and doubles nothing",
  async (_, point, awayMs) => {
    const hold = join(installation.dataDir, `hold-${point}`);
    writeFileSync(hold, "");
    startWorkers({ HOLDFAST_FAULT_POINT: point, HOLDFAST_FAULT_HOLD: hold });
    const waves = new Waves(ground);
    await waves.begin();
    while (!existsSync(`${hold}.reached`)) await delay(50);
    await outage(awayMs);
    rmSync(hold);
    await waves.begin();
    const neverEnded = await waves.ended(ENDED_WITHIN_MS);
    const verdict = await judge(ground, waves.all, neverEnded);
    expect({ verdict, isGood: isGood(verdict, 0) }).toMatchObject({ isGood: true });
  },
  300_000,
);
