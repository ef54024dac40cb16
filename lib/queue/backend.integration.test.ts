import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type RedisServer, startRedis } from "#e2e/servers/redis.ts";
import { forgetEnv } from "#lib/env.ts";
import { log } from "#lib/log.ts";
import { openJobWorker, openQueue } from "#lib/queue/backend.ts";

let installation: TestInstallation;
let redis: RedisServer;

beforeAll(async () => {
  // A job that throws is an error elsewhere.
  log.level = "silent";
  [installation, redis] = await Promise.all([createTestInstallation(), startRedis()]);
});
afterEach(() => {
  delete process.env["REDIS_URL"];
  forgetEnv();
});
afterAll(async () => {
  await redis.stop();
  await installation.remove();
});

test.each(["PostgreSQL", "Redis"])("on %s, a job that throws is not tried again, and its id is free once it is over", async (backend) => {
  if (backend === "Redis") process.env["REDIS_URL"] = redis.url;
  forgetEnv();
  const heard: string[] = [];
  const worker = openJobWorker("runs", 1, (name) => {
    heard.push(name);
    return name === "throws" ? Promise.reject(new Error("of the test")) : Promise.resolve();
  });
  const queue = openQueue("runs");
  const throws = { name: "throws", payload: {}, id: "row_a-1", priority: 1 };
  await queue.add([throws, { name: "works", payload: {}, id: "row_b-1", priority: 9 }]);
  // Another attempt would come before what has less priority.
  while (!heard.includes("works")) await delay(20);
  expect(heard).toEqual(["throws", "works"]);
  await queue.add([throws]);
  while (heard.length < 3) await delay(20);
  await queue.close();
  await worker.close();
});
