import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type BackupFixture, createBackupFixture } from "#lib/backups/backup-fixture.ts";
import { getSystemNumberGaps } from "#lib/catalogue/get-system-number-gaps.ts";
import { closeClients } from "#lib/db/client.ts";
import { createTestTenant } from "#lib/tenants/tenant-fixture.ts";

let installation: TestInstallation;
let fixture: BackupFixture;

beforeAll(async () => {
  installation = await createTestInstallation();
  fixture = await createBackupFixture(await createTestTenant());
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

const gaps = async () => (await getSystemNumberGaps.execute(fixture.tenant.owner, { id: fixture.systemId })).gaps;

test("numbers that are missing between a system's backups are answered, by what somebody vouches for", async () => {
  for (const number of [1, 2]) await fixture.backup(9, { number });
  expect(await gaps()).toEqual([]);
  // What was deleted here is known, and nobody's own writing ends no gap.
  await fixture.backup(5, { number: 5, status: "deleted" });
  await fixture.backup(4, { number: 4, origin: "rebuild", authenticity: "foreign" });
  await fixture.backup(2, { number: 7, origin: "rebuild", authenticity: "signed" });
  await fixture.backup(1, { number: 20, origin: "rebuild", authenticity: "foreign" });
  expect(await gaps()).toEqual([
    { from: 3, to: 4 },
    { from: 6, to: 6 },
  ]);
});

test("of another tenant's system nothing is answered", async () => {
  const stranger = await createTestTenant();
  await expect(getSystemNumberGaps.execute(stranger.owner, { id: fixture.systemId })).rejects.toMatchObject({ code: "not-found" });
});
