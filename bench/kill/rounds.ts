import { setTimeout as delay } from "node:timers/promises";
import type { SeededRandom } from "#lib/archive/seeded-random.ts";
import type { FaultPoint } from "#lib/runs/fault-points.ts";
import type { Ground } from "./ground.ts";
import { judge, type Verdict } from "./judge.ts";
import { Waves } from "./waves.ts";
import type { WorkerPair } from "./worker-pair.ts";

export interface Killed extends Verdict {
  kills: number;
  /** Points at which nobody arrived, so that nothing was proven of them. */
  unreached: string[];
  seconds: number;
}

const ENDED_WITHIN_MS = 300_000;
/** Waves until somebody has to have arrived at a point. */
const MOST_WAVES = 5;
const ARRIVED_WITHIN_MS = 60_000;
/** Runs are told of when they are over. */
const TOLD_AFTERWARDS_MS = 3000;
/** Arrivals at a point that a seed chooses among. */
const MOST_ARRIVALS = 3;

/** Kills a worker at each of the points, one after another, while runs come due; then lets the workers recover, and judges. */
export async function killAtPoints(
  ground: Ground,
  pair: WorkerPair,
  { points, random }: { points: readonly FaultPoint[]; random: SeededRandom },
): Promise<Killed> {
  const waves = new Waves(ground);
  const unreached: string[] = [];
  return recovered(ground, pair, waves, unreached, async () => {
    for (const point of points) {
      pair.arm(point, 1 + random.below(MOST_ARRIVALS));
      if (!(await arrived(pair, waves))) unreached.push(point);
      pair.disarm();
    }
  });
}

/** Kills workers at random times while runs come due; then lets them recover, and judges. */
export async function killAtRandom(
  ground: Ground,
  pair: WorkerPair,
  { kills, random }: { kills: number; random: SeededRandom },
): Promise<Killed> {
  const waves = new Waves(ground);
  return recovered(ground, pair, waves, [], async () => {
    for (let kill = 0; kill < kills; kill += 1) {
      if ((await waves.underWay()).length === 0) await waves.begin();
      await delay(300 + random.below(4000));
      pair.killOne(random);
    }
  });
}

async function recovered(
  ground: Ground,
  pair: WorkerPair,
  waves: Waves,
  unreached: string[],
  killing: () => Promise<void>,
): Promise<Killed> {
  const startedAt = performance.now();
  const killsBefore = pair.kills;
  await killing();
  const neverEnded = await waves.ended(ENDED_WITHIN_MS);
  const verdict = await judge(ground, waves.all, neverEnded);
  return { ...verdict, kills: pair.kills - killsBefore, unreached, seconds: (performance.now() - startedAt) / 1000 };
}

/** Whether a worker died at the armed point; makes runs due until one did. */
async function arrived(pair: WorkerPair, waves: Waves): Promise<boolean> {
  for (let wave = 0; wave < MOST_WAVES; wave += 1) {
    if (wave > 0 || (await waves.underWay()).length === 0) await waves.begin();
    let deadline = performance.now() + ARRIVED_WITHIN_MS;
    while (pair.isArmed() && performance.now() < deadline) {
      await delay(50);
      if ((await waves.underWay()).length === 0) deadline = Math.min(deadline, performance.now() + TOLD_AFTERWARDS_MS);
    }
    if (!pair.isArmed()) return true;
  }
  return false;
}
