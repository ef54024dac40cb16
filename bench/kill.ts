import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startRadosgw } from "#e2e/servers/radosgw.ts";
import { startSshd } from "#e2e/servers/sshd.ts";
import { startWebhookReceiver } from "#e2e/servers/webhook-receiver.ts";
import { seededRandom } from "#lib/archive/seeded-random.ts";
import { runFaultPoints, tellingFaultPoints } from "#lib/runs/fault-points.ts";
import { type Ground, makeGround, SHORT_TIMES } from "./kill/ground.ts";
import { makeInstallation } from "./kill/installation.ts";
import { isGood } from "./kill/judge.ts";
import { complaintsOf, reasonsOf, type Row, tableOf } from "./kill/report.ts";
import { type Killed, killAtPoints, killAtRandom } from "./kill/rounds.ts";
import { Running } from "./kill/running.ts";
import { WorkerPair } from "./kill/worker-pair.ts";

// Real workers killed with SIGKILL at every point of a run and at random times, and what became of every run, backup and object: npm run bench kill
// [-- --rounds 3 --random 10 --seed 1 --only local --point mid-upload --json]. Ends with 1 when anything is lost, doubled, left behind or does not open.

const { values } = parseArgs({
  options: {
    /** Of each point and destination. */
    rounds: { type: "string", default: "3" },
    /** Rounds of kills at random times, on each destination. */
    random: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    point: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const KILLS_A_RANDOM_ROUND = 5;
const destinations = ["local", "s3"].filter((name) => values.only === undefined || values.only === name);
const allPoints = [...runFaultPoints, ...tellingFaultPoints];
const points = allPoints.filter((name) => values.point === undefined || values.point === name);
const say = values.json ? () => undefined : (text: string) => console.error(text);
if (destinations.length === 0) throw new Error("--only takes local or s3.");
if (points.length === 0) throw new Error(`--point takes one of ${allPoints.join(", ")}.`);

const running = new Running();
const rows: Row[] = [];
await running.during(killAll);
console.log(values.json ? JSON.stringify(rows, null, 2) : tableOf(rows));
const complaints = rows.flatMap(complaintsOf);
for (const complaint of complaints) console.error(complaint);
const isClean = complaints.length === 0 && rows.every((row) => row.rounds.every((round) => isGood(round, round.kills)));
process.exit(isClean ? 0 : 1);

/** One installation for all: what a process knows of its own, such as the master key, it knows once. */
async function killAll(): Promise<void> {
  const installation = await running.keep(makeInstallation(SHORT_TIMES), (started) => started.remove());
  const sshd = await running.keep(startSshd(), (started) => started.stop());
  const receiver = await running.keep(startWebhookReceiver(), (started) => started.stop());
  for (const destination of destinations) {
    const server = destination === "s3" ? await running.keep(startRadosgw(), (started) => started.stop()) : null;
    const s3 = server && { server, bucket: `kill-${randomUUID()}` };
    const ground = await makeGround({ ...installation, sshd, s3, receiver, tenants: 2 });
    const pair = new WorkerPair(ground.environment, join(installation.dataDir, "fault-plan"));
    await running.keep(pair, (started) => started.stop());
    await killEverywhere(destination, ground, pair);
    await pair.stop();
    for (const surprise of pair.surprises) say(surprise);
  }
}

async function killEverywhere(destination: string, ground: Ground, pair: WorkerPair): Promise<void> {
  for (const point of points) {
    await addRow(destination, point, Number(values.rounds), (random) => killAtPoints(ground, pair, { points: [point], random }));
  }
  if (values.point !== undefined) return;
  await addRow(destination, "at random", Number(values.random), (random) =>
    killAtRandom(ground, pair, { kills: KILLS_A_RANDOM_ROUND, random }),
  );
}

async function addRow(
  destination: string,
  point: string,
  rounds: number,
  round: (random: ReturnType<typeof seededRandom>) => Promise<Killed>,
) {
  const row: Row = { destination, point, rounds: [] };
  rows.push(row);
  for (let number = 0; number < rounds; number += 1) {
    const killed = await round(seededRandom(Number(values.seed) + number));
    row.rounds.push(killed);
    const { kills, runs, completedOnce, failedWithReason, seconds } = killed;
    const counts = `${kills} kills, ${runs} runs, ${completedOnce} completed once, ${failedWithReason} failed, ${Math.round(seconds)} s`;
    say(`${destination}, ${point}, round ${number + 1}: ${counts}${isGood(killed, kills) ? "" : " — NOT GOOD"}`);
  }
  for (const line of [...reasonsOf(row), ...complaintsOf(row)]) say(line);
}
