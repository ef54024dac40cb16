import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type BackupFixture, createBackupFixture } from "#lib/backups/backup-fixture.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { WorkStopped } from "#lib/queue/hold-work.ts";
import { createTestTenant } from "#lib/tenants/tenant-fixture.ts";
import { claimVerification } from "#lib/verifications/claim-verification.ts";
import { queueVerification } from "#lib/verifications/queue-verification.ts";
import { endVerification } from "#lib/verifications/settle-verification.ts";
import { findUpkeep } from "#worker/find-upkeep.ts";

let installation: TestInstallation;
beforeAll(async () => {
  installation = await createTestInstallation({ LOG_LEVEL: "silent" });
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

const rung = async () => (await acrossTenants("scheduler", findUpkeep)).map(({ payload }) => payload.tenantId);

/** Verifications of that many backups, one after the other. Answers their ids. */
async function queue(of: BackupFixture, count: number, trigger: "person" | "schedule"): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const backupId = await of.backup(1);
    const wanted = { backupId, destinationId: null, requestedBy: null, withKey: true, trigger };
    ids.push(await withTenant(of.tenant.id, (db) => queueVerification(db, wanted)));
  }
  return ids;
}

test.each([
  ["fails and would be tried again", new Error("It is away.")],
  ["is given back", new WorkStopped("stopping")],
])("a verification that was cancelled right before its attempt %s is cancelled", async (_how, reason) => {
  const of = await createBackupFixture(await createTestTenant());
  const [id] = await queue(of, 1, "schedule");
  const claimed = await claimVerification(of.tenant.id, id ?? "");
  if (!claimed) throw new Error("The verification was not to be had.");
  await withTenant(of.tenant.id, (db) => db.verification.updateMany({ data: { cancelRequestedAt: new Date() } }));
  await endVerification(claimed, reason);
  const row = await withTenant(of.tenant.id, (db) => db.verification.findFirstOrThrow());
  expect(row).toMatchObject({ status: "cancelled", failure: null, leaseOwner: null });
  expect(row.finishedAt).not.toBeNull();
});

test("a tenant that has many verified leaves others their turns: few are rung for ahead, and who has none under way goes first", async () => {
  const [big, small] = [await createBackupFixture(await createTestTenant()), await createBackupFixture(await createTestTenant())];
  const ids = await queue(big, 10, "person");
  await queue(small, 2, "person");
  expect((await rung()).slice(0, 4).toSorted()).toEqual([big.tenant.id, big.tenant.id, small.tenant.id, small.tenant.id].toSorted());
  expect(await rung()).toHaveLength(6);
  await claimVerification(big.tenant.id, ids[0] ?? "");
  await claimVerification(big.tenant.id, ids[1] ?? "");
  expect((await rung()).slice(0, 2)).toEqual([small.tenant.id, small.tenant.id]);
});
