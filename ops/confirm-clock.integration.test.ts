import { spawn } from "node:child_process";
import { uptime } from "node:os";
import { text } from "node:stream/consumers";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { getNotices } from "#lib/alarms/get-notices.ts";
import { checkClock, forgetReadings } from "#lib/clock/check-clock.ts";
import { confirmClock } from "#lib/clock/confirm-clock.ts";
import { closeClients } from "#lib/db/client.ts";
import { createTestTenant, TEST_PASSWORD, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

const DAY_MS = 86_400_000;
const proof = { password: TEST_PASSWORD };

let installation: TestInstallation;
let tenant: TestTenant;
beforeAll(async () => {
  installation = await createTestInstallation();
  tenant = await createTestTenant();
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});
beforeEach(async () => {
  await asAdministrator("INSERT INTO installation (id, name) VALUES ('this', 'tests') ON CONFLICT DO NOTHING");
  await asAdministrator("UPDATE installation SET clock_doubt = NULL, clock_doubt_since = NULL, last_tick_at = NULL");
  forgetReadings();
});

async function asAdministrator(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: installation.database.superuserUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
}

/** As a machine that comes up after the last tick was so many days ago by its clock. */
async function startAfter(days: number) {
  await asAdministrator(`UPDATE installation SET last_tick_at = clock_timestamp() - interval '${days} days'`);
  forgetReadings();
  return checkClock();
}

async function clockDoubt(of = tenant) {
  return (await getNotices.execute(of.owner, {})).clockDoubt;
}

async function cli(): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "ops/cli.ts", "clock", "confirm"], {
    env: { ...process.env, ...installation.environment, DATABASE_URL: installation.database.superuserUrl },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const code = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, output: out + errors };
}

test("a machine that comes up far ahead of the last tick is doubted until a person has looked", async () => {
  expect(await startAfter(6)).toMatchObject({ doubt: null });
  expect(await startAfter(8)).toMatchObject({ doubt: "absent" });
  expect(await checkClock()).toMatchObject({ doubt: "absent" });
  forgetReadings();
  expect(await checkClock()).toMatchObject({ doubt: "absent" });
  expect((await clockDoubt())?.sentence).toContain("Perhaps Holdfast was off for so long");
  await confirmClock.execute(tenant.owner, proof);
  expect(await clockDoubt()).toBeNull();
  expect(await checkClock()).toMatchObject({ doubt: null });
});

test("the only tenant's owner confirms after a jump, with the login password; an admin does not", async () => {
  await checkClock({ machineUptime: () => uptime() * 1000 + 2 * DAY_MS });
  expect(await checkClock()).toMatchObject({ doubt: "jumped" });
  expect(await clockDoubt()).toMatchObject({ confirmable: true });
  await expect(confirmClock.execute(tenant.owner, { password: "wrong" })).rejects.toMatchObject({ code: "wrong-password" });
  await expect(confirmClock.execute(await tenant.addMember("admin"), proof)).rejects.toMatchObject({ code: "forbidden" });
  await confirmClock.execute(tenant.owner, proof);
  expect(await checkClock()).toMatchObject({ doubt: null });
});

test("with several tenants, the operator confirms at the shell, and no tenant's owner", async () => {
  const other = await createTestTenant();
  await startAfter(400);
  for (const each of [tenant, other]) {
    const doubt = await clockDoubt(each);
    expect(doubt?.confirmable).toBe(false);
    expect(doubt?.sentence).toContain("npm run cli -- clock confirm");
    await expect(confirmClock.execute(each.owner, proof)).rejects.toMatchObject({ code: "nothing-to-confirm" });
  }
  expect(await checkClock()).toMatchObject({ doubt: "absent" });
  const confirmed = await cli();
  expect(confirmed.output).toContain("The clock is confirmed at");
  expect(confirmed.code).toBe(0);
  expect(await checkClock()).toMatchObject({ doubt: null });
  expect(await cli()).toMatchObject({ code: 1, output: "Nothing speaks against the clock at present.\n" });
});
