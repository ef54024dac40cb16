import pg from "pg";
import { afterEach, expect, test } from "vitest";
import { findFreePort } from "#e2e/servers/free-port.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type RedisServer, startRedis } from "#e2e/servers/redis.ts";
import { closeClients } from "#lib/db/client.ts";
import { metricsText } from "#lib/http/metrics.ts";
import { readiness, recentReadiness } from "#lib/http/readiness.ts";
import { createTestTenant } from "#lib/tenants/tenant-fixture.ts";
import { registerWorker } from "#worker/registration.ts";

let installation: TestInstallation;
let redis: RedisServer | null = null;

afterEach(async () => {
  await closeClients();
  await installation.remove();
  await redis?.stop();
  redis = null;
});

test("ready while database, queue and a worker are there", async () => {
  installation = await createTestInstallation();
  expect(await readiness()).toEqual({ ready: false, reasons: [expect.stringContaining("No worker")], warnings: [] });
  const worker = await registerWorker();
  expect(await readiness()).toEqual({ ready: true, reasons: [], warnings: [] });
  await worker.end();
});

test("not ready while a migration is missing", async () => {
  installation = await createTestInstallation();
  const worker = await registerWorker();
  await asAdministrator("DELETE FROM _prisma_migrations WHERE migration_name LIKE '%roles%'");
  expect(await readiness()).toEqual({ ready: false, reasons: ["The database misses a migration."], warnings: [] });
  await worker.end();
});

test("with REDIS_URL, the queue is that Redis", async () => {
  redis = await startRedis();
  installation = await createTestInstallation({ REDIS_URL: redis.url });
  const worker = await registerWorker();
  expect(await readiness()).toEqual({ ready: true, reasons: [], warnings: [] });
  await redis.stop();
  redis = null;
  expect(await readiness()).toEqual({ ready: false, reasons: [expect.stringContaining("queue does not answer")], warnings: [] });
  await worker.end();
});

test("without a database, that is the reason", async () => {
  installation = await createTestInstallation();
  process.env["HOLDFAST_DATABASE_SERVER"] = `postgresql://127.0.0.1:${await findFreePort()}/gone`;
  expect(await readiness()).toEqual({ ready: false, reasons: ["The database does not answer."], warnings: [] });
});

test("however many ask at once, it is looked once", async () => {
  installation = await createTestInstallation();
  let looks = 0;
  const look = () => {
    looks += 1;
    return readiness();
  };
  const answers = await Promise.all(Array.from({ length: 50 }, () => recentReadiness(look)));
  expect(new Set(answers).size).toBe(1);
  await recentReadiness(look);
  expect(looks).toBe(1);
});

test("metrics count what is there, and name no tenant", async () => {
  installation = await createTestInstallation();
  const { owner } = await createTestTenant();
  const text = await metricsText();
  expect(text).toMatch(/^# TYPE holdfast_systems gauge\nholdfast_systems 1$/m);
  expect(text).toMatch(/^holdfast_workers 0$/m);
  expect(text).not.toContain(owner.tenant.id);
  expect(text).not.toContain(owner.tenant.name);
});

async function asAdministrator(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: installation.database.superuserUrl });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
