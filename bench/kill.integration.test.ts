import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { sharedS3 } from "#e2e/servers/shared-s3.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { startWebhookReceiver, type WebhookReceiver } from "#e2e/servers/webhook-receiver.ts";
import { seededRandom } from "#lib/archive/seeded-random.ts";
import { closeClients } from "#lib/db/client.ts";
import { type Ground, makeGround, SHORT_TIMES } from "./kill/ground.ts";
import { isGood } from "./kill/judge.ts";
import { type Killed, killAtPoints, killAtRandom } from "./kill/rounds.ts";
import { WorkerPair } from "./kill/worker-pair.ts";

// A fixed sample of `npm run bench kill`.

const LONG_MS = 300_000;

let installation: TestInstallation;
let sshd: Sshd;
let receiver: WebhookReceiver;
let local: Ground;
let pair: WorkerPair | null = null;

beforeAll(async () => {
  [installation, sshd, receiver] = await Promise.all([createTestInstallation(SHORT_TIMES), startSshd(), startWebhookReceiver()]);
  local = await makeGround({ ...installation, sshd, s3: null, receiver, tenants: 2 });
}, LONG_MS);
afterEach(async () => {
  await pair?.stop();
  expect(pair?.surprises).toEqual([]);
  pair = null;
});
afterAll(async () => {
  await closeClients();
  await Promise.all([sshd, receiver].map((server) => server.stop()));
  await installation.remove();
});

const started = () => (pair = new WorkerPair(installation.environment, join(installation.dataDir, "fault-plan")));

function expectNothingLost({ kills, unreached, ...verdict }: Killed): void {
  expect({ unreached, verdict, isGood: isGood(verdict, kills) }).toMatchObject({ unreached: [], isGood: true });
}

test(
  "killed at one point after the other, every run is completed once or failed with a reason, told of, and nothing else is stored",
  async () => {
    const points = [
      "after-claim",
      "after-upload",
      "during-commit",
      "during-deletion",
      "in-notification",
      "before-delivery-commit",
    ] as const;
    const killed = await killAtPoints(local, started(), { points, random: seededRandom(1) });
    expectNothingLost(killed);
    expect(killed.kills).toBe(points.length);
  },
  LONG_MS,
);

test(
  "killed at random times, too",
  async () => {
    const killed = await killAtRandom(local, started(), { kills: 3, random: seededRandom(3) });
    expectNothingLost(killed);
    expect(killed.kills).toBe(3);
  },
  LONG_MS,
);

test(
  "killed in the middle of an upload in parts and of a removal, a bucket holds what the catalogue says, and no unfinished upload",
  async () => {
    const s3 = { server: await sharedS3(), bucket: `kill-${randomUUID()}` };
    const ground = await makeGround({ ...installation, sshd, s3, receiver: null, tenants: 1 });
    const points = ["during-upload", "mid-upload", "after-retention-marks"] as const;
    expectNothingLost(await killAtPoints(ground, started(), { points, random: seededRandom(2) }));
  },
  LONG_MS,
);
