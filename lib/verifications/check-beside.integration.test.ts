import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { createBackupFixture } from "#lib/backups/backup-fixture.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { openDestination } from "#lib/destinations/open-destination.ts";
import { newId } from "#lib/ids.ts";
import { createTestTenant } from "#lib/tenants/tenant-fixture.ts";
import { checkBeside } from "#lib/verifications/check-beside.ts";
import { claimVerification } from "#lib/verifications/claim-verification.ts";
import { queueVerification } from "#lib/verifications/queue-verification.ts";

let installation: TestInstallation;
beforeAll(async () => {
  installation = await createTestInstallation({ LOG_LEVEL: "silent" });
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

/** A claimed verification of a backup under a passphrase's key, whose key file lies in a local destination. */
async function claimed() {
  const tenant = await createTestTenant();
  const tenantId = tenant.id;
  const fixture = await createBackupFixture(tenant);
  const { destinationId } = fixture;
  const backupId = await fixture.backup(1);
  const keyId = newId("key");
  const keyOf = (version: number) => `${tenantId}/keys/${keyId}.${version}.age`;
  const pathOf = (version: number) => join(installation.dataDir, "local", tenantId, keyOf(version));
  const put = (version: number) => {
    mkdirSync(dirname(pathOf(version)), { recursive: true });
    writeFileSync(pathOf(version), `identity ${version}`);
  };
  put(1);
  const file = { keyId, destinationId, status: "stored" };
  const verification = await withTenant(tenantId, async (db) => {
    await db.key.updateMany({ where: { retiredAt: null }, data: { retiredAt: new Date() } });
    const key = { mode: "passphrase", recipient: "age1", protectedIdentity: "identity 1", fingerprint: "f" };
    await db.key.createMany({ data: [{ id: keyId, ...key }] });
    await db.keyCopy.createMany({ data: [{ ...file, version: 1, objectKey: keyOf(1) }] });
    await db.backup.updateMany({ where: { id: backupId }, data: { keyId } });
    return queueVerification(db, { backupId, destinationId: null, trigger: "person", requestedBy: null, withKey: false });
  });
  const claim = await claimVerification(tenantId, verification);
  if (!claim) throw new Error("It was not claimed.");
  const protectAnew = async () => {
    put(2);
    await withTenant(tenantId, async (db) => {
      await db.key.updateMany({ where: { id: keyId }, data: { protectedIdentity: "identity 2", protectionVersion: 2 } });
      await db.keyCopy.createMany({ data: [{ ...file, version: 2, objectKey: keyOf(2) }] });
      await db.keyCopy.updateMany({ where: { keyId, version: 1 }, data: { status: "deleted" } });
    });
    rmSync(pathOf(1));
  };
  const check = async (session: DestinationSession) => {
    const [copy] = claim.backup.copies;
    if (!copy) throw new Error("There is no copy.");
    const findings = await checkBeside(session, claim, copy);
    return findings.map(({ message }) => message).filter((message) => message.includes("key file"));
  };
  const session = await openDestination(tenantId, destinationId, new AbortController().signal);
  return { session, protectAnew, check, pathOf };
}

test("a key protected anew after the claim is no missing key file", async () => {
  const { session, protectAnew, check, pathOf } = await claimed();
  await protectAnew();
  expect(await check(session)).toEqual([]);
  rmSync(pathOf(2));
  expect(await check(session)).toEqual(["The key file beside the archives is missing."]);
  await session.close();
});

test("nor is one that was protected anew while the file was looked for", async () => {
  const { session, protectAnew, check } = await claimed();
  let isDone = false;
  const racing = new Proxy(session, {
    get: (target, name) => async (first: unknown, second: unknown) => {
      if (!isDone && typeof first === "string" && first.includes("/keys/")) {
        isDone = true;
        await protectAnew();
      }
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function") throw new Error("Only methods are asked for.");
      return Reflect.apply(method, target, [first, second]) as unknown;
    },
  });
  expect(await check(racing)).toEqual([]);
  expect(isDone).toBe(true);
  await session.close();
});
