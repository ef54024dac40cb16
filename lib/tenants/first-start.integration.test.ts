import pg from "pg";
import { afterEach, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { contextOf, sessionCookie } from "#lib/auth/session.ts";
import { signIn } from "#lib/auth/sign-in.ts";
import { closeClients } from "#lib/db/client.ts";
import { listDestinations } from "#lib/destinations/list-destinations.ts";
import { listKeys } from "#lib/keys/list-keys.ts";
import { listPolicies } from "#lib/policies/list-policies.ts";
import { listSystems } from "#lib/systems/list-systems.ts";
import { ensureFirstOwner } from "#lib/tenants/first-start.ts";
import { setUp } from "#lib/tenants/set-up.ts";

const from = { address: null, userAgent: null };
const owner = { email: "first@example.com", password: "the first owner's password" };

let installation: TestInstallation;
afterEach(async () => {
  await closeClients();
  await installation.remove();
});

test("with an owner in the environment, the first start makes everything, once", async () => {
  installation = await createTestInstallation({
    HOLDFAST_OWNER_EMAIL: owner.email,
    HOLDFAST_OWNER_PASSWORD: owner.password,
    HOLDFAST_TENANT: "acme",
  });
  expect(await ensureFirstOwner()).toEqual({ setupUrl: null });
  await expectWhatATenantStartsWith("acme");
  expect(await ensureFirstOwner()).toEqual({ setupUrl: null });
  expect(await count("tenants")).toBe(1);
  expect(await count("systems")).toBe(1);
});

test("without one, it prints a link that makes the owner, once", async () => {
  installation = await createTestInstallation();
  const stale = tokenOf(await ensureFirstOwner());
  const token = tokenOf(await ensureFirstOwner());
  const input = { ...owner, name: "First Owner", tenantName: "Acme & Söhne" };
  await expect(setUp({ ...input, token: stale }, from)).rejects.toMatchObject({ code: "not-found" });
  await expect(setUp({ ...input, token: "guessed" }, from)).rejects.toMatchObject({ code: "not-found" });
  const outcomes = await Promise.allSettled([setUp({ ...input, token }, from), setUp({ ...input, token }, from)]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  await expect(setUp({ ...input, token }, from)).rejects.toMatchObject({ code: "not-found" });
  await expectWhatATenantStartsWith("acme-sohne");
  expect(await ensureFirstOwner()).toEqual({ setupUrl: null });
  expect(await count("tenants")).toBe(1);
});

test("a link works for a day", async () => {
  installation = await createTestInstallation();
  const token = tokenOf(await ensureFirstOwner());
  await query("UPDATE setup_links SET expires_at = now()");
  await expect(setUp({ ...owner, name: "Late", tenantName: "Late", token }, from)).rejects.toMatchObject({ code: "not-found" });
  expect(await count("accounts")).toBe(0);
});

async function expectWhatATenantStartsWith(slug: string): Promise<void> {
  const opened = await signIn({ ...owner, ...from });
  if (!opened) throw new Error("The first owner cannot sign in.");
  const context = await contextOf(await sessionCookie(opened.accountId, opened), slug, null);
  expect(context.actor.role).toBe("owner");
  const [system] = (await listSystems.execute(context, {})).items;
  const [destination] = (await listDestinations.execute(context, {})).items;
  expect(system).toMatchObject({ name: "This tenant's configuration", kind: "tenant-configuration" });
  expect(destination).toMatchObject({ name: "This machine", kind: "local" });
  expect((await listPolicies.execute(context, {})).items).toMatchObject([
    {
      name: "Daily",
      enabled: true,
      schedule: { kind: "daily", at: "01:00", timeZone: "UTC" },
      retention: { keepLast: 30 },
      systemIds: [system?.id],
      destinationIds: [destination?.id],
    },
  ]);
  expect((await listKeys.execute(context, {})).items).toMatchObject([{ mode: "managed" }]);
}

function tokenOf({ setupUrl }: { setupUrl: string | null }): string {
  return setupUrl?.split("/setup#")[1] ?? "";
}

async function count(table: "tenants" | "systems" | "accounts"): Promise<number> {
  const [row] = await query(`SELECT count(*)::int AS count FROM ${table}`);
  return Number(row?.["count"]);
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: installation.database.superuserUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
