import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { installationName } from "#lib/backups/installation-name.ts";
import { refuseForeignInstance, requireOwnInstance, takeOverInstance } from "#lib/backups/instance-mark.ts";
import { openLocalSession } from "#lib/connectors/local/session.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { createTestTenant, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

const OTHER = "00112233445566778899aabbccddeeff";

let installation: TestInstallation;
let tenant: TestTenant;
let destinationId: string;
let folder: string;

beforeAll(async () => {
  installation = await createTestInstallation();
  tenant = await createTestTenant();
  destinationId = (await withTenant(tenant.id, (db) => db.destination.findFirstOrThrow())).id;
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "holdfast-test-mark-")));
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await setEpoch(1);
});

test("the first archive marks the destination as ours, and the next finds it so", async () => {
  await requireOwnInstance(session(), place());
  const text = readFileSync(markFile(), "utf8");
  const names = [withTenant(tenant.id, installationName), withTenant(tenant.id, installationName)];
  const [name, again] = await Promise.all(names);
  expect(name).toMatch(/^[0-9a-f]{32}$/);
  expect(again).toBe(name);
  expect(JSON.parse(text)).toEqual({ installation: name, epoch: 1 });
  await requireOwnInstance(session(), place());
  await refuseForeignInstance(session(), place());
  expect(readFileSync(markFile(), "utf8")).toBe(text);
});

test("where another installation keeps the tenant's backups, nothing is written or removed, and the reason is told", async () => {
  await requireOwnInstance(session(), place());
  mark({ installation: OTHER, epoch: 1 });
  await expect(requireOwnInstance(session(), place())).rejects.toThrow(/Another installation of Holdfast .*\/instance\.json/);
  await expect(refuseForeignInstance(session(), place())).rejects.toMatchObject({ code: "refused" });
  await requireOwnInstance(session(), { ...place(), folder: "ten_other" });
  expect(JSON.parse(readFileSync(join(folder, "ten_other/instance.json"), "utf8"))).toMatchObject({ epoch: 1 });
});

test("our own mark of a later epoch is not ours any more; one of an earlier epoch is brought up", async () => {
  await requireOwnInstance(session(), place());
  const present = JSON.parse(readFileSync(markFile(), "utf8")) as { installation: string };
  mark({ ...present, epoch: 2 });
  await expect(requireOwnInstance(session(), place())).rejects.toMatchObject({ code: "refused" });
  await setEpoch(3);
  await refuseForeignInstance(session(), place());
  await requireOwnInstance(session(), place());
  expect(JSON.parse(readFileSync(markFile(), "utf8"))).toEqual({ ...present, epoch: 3 });
});

test.each(["", "{", '{"installation":1}', '{"installation":1,"epoch":1}'])("a mark that says %j is not ours", async (text) => {
  await session().put(`${tenant.id}/instance.json`, Readable.from([Buffer.from("{}")]));
  writeFileSync(markFile(), text);
  await expect(requireOwnInstance(session(), place())).rejects.toMatchObject({ code: "refused" });
});

test("removing from a destination that nobody marked marks nothing", async () => {
  await refuseForeignInstance(session(), place());
  expect(await session().stat(`${tenant.id}/instance.json`)).toBeNull();
});

test.each([0, 1_000_000_001, 2 ** 31 - 1, 2 ** 31, 1e15])(
  "a mark of epoch %d, which nobody comes to, is not ours and stops no taking over",
  async (epoch) => {
    await requireOwnInstance(session(), place());
    const present = JSON.parse(readFileSync(markFile(), "utf8")) as object;
    mark({ ...present, epoch });
    await expect(requireOwnInstance(session(), place())).rejects.toMatchObject({ code: "refused" });
    expect(await takeOverInstance(session(), place())).toBe(1);
    await requireOwnInstance(session(), place());
  },
);

test("the last epoch is taken over too, again and again", async () => {
  await requireOwnInstance(session(), place());
  mark({ installation: OTHER, epoch: 1_000_000_000 });
  for (let time = 0; time < 2; time++) expect(await takeOverInstance(session(), place())).toBe(1_000_000_000);
  await requireOwnInstance(session(), place());
});

test("taking over makes it ours with a later epoch, which whoever wrote there before does not have", async () => {
  await requireOwnInstance(session(), place());
  mark({ installation: OTHER, epoch: 6 });
  expect(await takeOverInstance(session(), place())).toBe(7);
  await requireOwnInstance(session(), place());
  expect(JSON.parse(readFileSync(markFile(), "utf8"))).toMatchObject({ epoch: 7 });
  await setEpoch(6);
  await expect(refuseForeignInstance(session(), place())).rejects.toMatchObject({ code: "refused" });
  writeFileSync(markFile(), "{");
  expect(await takeOverInstance(session(), place())).toBe(6);
});

const session = () => openLocalSession(folder, new AbortController().signal);
const place = () => ({ tenantId: tenant.id, destinationId });
const markFile = () => join(folder, tenant.id, "instance.json");
const mark = (content: object) => writeFileSync(markFile(), JSON.stringify(content));
const setEpoch = (instanceEpoch: number) => withTenant(tenant.id, (db) => db.destination.updateMany({ data: { instanceEpoch } }));
