import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients, type Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";

let installation: TestInstallation;
beforeAll(async () => {
  installation = await createTestInstallation();
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

const tenants = Array.from({ length: 7 }, (_, index) => `ten_${index}`);

test("of transactions that wait for the same few connections, within others and beside them, each names its own tenant", async () => {
  const seen = await Promise.all(
    Array.from({ length: 210 }, async (_, index) => {
      const [outer, inner] = [tenants[index % 7] ?? "", tenants[(index * 3 + 1) % 7] ?? ""];
      const first = await withTenant(outer, tenantOf);
      const within = index % 21 === 0 ? await withTenant(outer, async (db) => [await withTenant(inner, tenantOf), await tenantOf(db)]) : [];
      return { first, within, outer, inner };
    }),
  );
  for (const { first, within, outer, inner } of seen) expect([first, ...within]).toEqual(within.length ? [outer, inner, outer] : [outer]);
  expect(seen.filter(({ within }) => within.length > 0)).toHaveLength(10);
});

test("the name ends with its transaction, and what follows another one's end names its own", async () => {
  await expect(
    withTenant("ten_0", async (db) => {
      await db.$executeRaw`SELECT 1 / ${0}::int`;
    }),
  ).rejects.toThrow("division by zero");
  expect(await withTenant("ten_1", tenantOf)).toBe("ten_1");
  expect(await withTenant("ten_1", () => acrossTenants("scheduler", settingOf))).toBe("");
});

test("modules that are evaluated again, as a built server does for instrumentation.ts, name the tenant on the clients of the first", async () => {
  expect(await withTenant("ten_3", tenantOf)).toBe("ten_3");
  vi.resetModules();
  const again = await import("#lib/db/with-tenant.ts");
  expect(again.withTenant).not.toBe(withTenant);
  expect(await again.withTenant("ten_4", tenantOf)).toBe("ten_4");
});

test("a snapshot is one, and is the tenant's", async () => {
  const read = (db: Transaction) => db.$queryRaw`SELECT current_tenant() AS tenant, current_setting('transaction_isolation') AS isolation`;
  expect(await withTenant("ten_2", read, { isolationLevel: "RepeatableRead" })).toEqual([
    { tenant: "ten_2", isolation: "repeatable read" },
  ]);
  expect(await withTenant("ten_2", read)).toEqual([{ tenant: "ten_2", isolation: "read committed" }]);
});

test.each(["", "ten_a'; DROP TABLE runs; --", "ten_a\\", "ten_a\0", `ten_${"a".repeat(64)}`])("%j is nobody", async (tenantId) => {
  await expect(withTenant(tenantId, tenantOf)).rejects.toThrow("not the id of a tenant");
});

async function tenantOf(db: Transaction): Promise<string> {
  const [row] = await db.$queryRaw<{ tenant: string }[]>`SELECT current_tenant() AS tenant`;
  return row?.tenant ?? "";
}

async function settingOf(db: Transaction): Promise<string> {
  const [row] = await db.$queryRaw<{ setting: string | null }[]>`SELECT current_setting('app.tenant_id', true) AS setting`;
  return row?.setting ?? "";
}
