import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { applyRetention } from "#lib/backups/apply-retention.ts";
import { type BackupFixture, createBackupFixture } from "#lib/backups/backup-fixture.ts";
import { previewDeletion } from "#lib/backups/preview-deletion.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { deleteDestination } from "#lib/destinations/delete-destination.ts";
import { newId } from "#lib/ids.ts";
import { deletePolicy } from "#lib/policies/delete-policy.ts";
import { createTestTenant, TEST_PASSWORD } from "#lib/tenants/tenant-fixture.ts";

/** More than a statement of PostgreSQL takes parameters. */
const MANY = 40_000;

let installation: TestInstallation;
let fixture: BackupFixture;
beforeAll(async () => {
  installation = await createTestInstallation();
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});
beforeEach(async () => {
  fixture = await createBackupFixture(await createTestTenant());
});

const password = TEST_PASSWORD;
const owner = () => fixture.tenant.owner;

/** So many good backups, an hour apart, each with a stored copy in every one of these destinations. */
async function makeMany(destinationIds: string[]): Promise<void> {
  const first = await fixture.backup(0);
  await withTenant(fixture.tenant.id, async (db) => {
    await db.$executeRaw`
      INSERT INTO backups (id, run_id, attempt, system_id, policy_id, status, trigger, key_id, format_version, system_kind, system_name,
        product_version, not_in_backup, proven, created_at)
      SELECT id || '_' || nth, run_id, attempt + nth, system_id, policy_id, status, trigger, key_id, format_version, system_kind, system_name,
        product_version, not_in_backup, proven, created_at - make_interval(hours => nth)
      FROM backups, generate_series(1, ${MANY - 1}::int) AS nth WHERE id = ${first}`;
    await db.$executeRaw`
      INSERT INTO backup_copies (backup_id, destination_id, object_key, description_key, status)
      SELECT id, destination, id || '.age', id || '.json', 'stored'
      FROM backups, unnest(${destinationIds}::text[]) AS destination ON CONFLICT DO NOTHING`;
  });
}

async function count(): Promise<{ backups: Record<string, number>; copies: Record<string, number> }> {
  return withTenant(fixture.tenant.id, async (db) => {
    const backups = await db.backup.groupBy({ by: ["status"], _count: true });
    const copies = await db.backupCopy.groupBy({ by: ["status"], _count: true });
    const byStatus = (rows: { status: string; _count: number }[]) => Object.fromEntries(rows.map((row) => [row.status, row._count]));
    return { backups: byStatus(backups), copies: byStatus(copies) };
  });
}

test("thousands go along with a destination, then with a policy or a system", async () => {
  const other = newId("destination");
  await withTenant(fixture.tenant.id, (db) =>
    db.destination.createMany({ data: [{ id: other, name: "Other", kind: "local", config: { path: "other" } }] }),
  );
  await makeMany([fixture.destinationId, other]);
  expect(await previewDeletion.execute(owner(), { destinationId: other })).toMatchObject({ backups: 0, copies: MANY });
  const numbers = { deleteBackups: 0, deleteCopies: MANY, password };
  expect(await deleteDestination.execute(owner(), { id: other, ...numbers })).toMatchObject({ deletedCopies: MANY });
  expect(await count()).toEqual({ backups: { completed: MANY }, copies: { stored: MANY, deleting: MANY } });
  expect(await previewDeletion.execute(owner(), { systemId: fixture.systemId })).toMatchObject({ backups: MANY, staying: 0 });
  const removal = deletePolicy.execute(owner(), { id: fixture.policyId, deleteBackups: MANY, password });
  expect(await removal).toMatchObject({ trashedBackups: MANY });
  expect(await count()).toMatchObject({ backups: { trashed: MANY } });
});

test("retention gives thousands up, and removes nothing after it was told to stop", async () => {
  await makeMany([fixture.destinationId]);
  await withTenant(fixture.tenant.id, (db) =>
    db.policy.updateMany({ where: { id: fixture.policyId }, data: { retention: { keepLast: 2 } } }),
  );
  const { tenant, policyId, systemId } = fixture;
  const check = () => Promise.resolve({ now: new Date(), doubt: null });
  await applyRetention({ tenantId: tenant.id, policyId, systemId, signal: AbortSignal.abort(), check });
  expect(await count()).toEqual({ backups: { completed: 2, deleting: MANY - 2 }, copies: { stored: 2, deleting: MANY - 2 } });
});
