import { mkdir } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { closeClients } from "#lib/db/client.ts";
import { createDestination } from "#lib/destinations/create-destination.ts";
import { deleteDestination } from "#lib/destinations/delete-destination.ts";
import { describeSetUp } from "#lib/destinations/describe-set-up.ts";
import { getDestination } from "#lib/destinations/get-destination.ts";
import { listDestinations } from "#lib/destinations/list-destinations.ts";
import { loadDestination } from "#lib/destinations/open-destination.ts";
import { updateDestination } from "#lib/destinations/update-destination.ts";
import { validateDestination, validateStoredDestination } from "#lib/destinations/validate-destination.ts";
import { localRootsOf } from "#lib/installation.ts";
import { createTestTenant, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

let installation: TestInstallation;
beforeAll(async () => {
  installation = await createTestInstallation();
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

let tenant: TestTenant;
beforeEach(async () => {
  tenant = await createTestTenant();
  for (const root of localRootsOf(tenant.id)) await mkdir(root, { recursive: true });
});

const local = (path: string) => ({ kind: "local", config: { path } });

describe("what has to be set up", () => {
  test("is told with the names that are being typed, with what to know of them, and never with a secret", async () => {
    const config = {
      bucket: "acme-backups",
      prefix: "holdfast/",
      objectLockMode: "COMPLIANCE",
      objectLockDays: 7,
      secretAccessKey: "s3cret",
    };
    const answer = await describeSetUp.execute(tenant.owner, { kind: "s3", config });
    expect(answer.texts).toHaveLength(1);
    expect(answer.texts[0]?.text).toContain('"arn:aws:s3:::acme-backups/holdfast/*"');
    expect(answer.warnings).toEqual([expect.stringMatching(/^Nobody, .* in the 7 days after/)]);
    expect(JSON.stringify(answer)).not.toContain("s3cret");
  });

  test("is told of a form that is still empty, and is nothing where there is nothing to set up", async () => {
    const { texts } = await describeSetUp.execute(tenant.owner, { kind: "s3", config: {} });
    expect(texts[0]?.text).toContain("YOUR-BUCKET");
    expect(await describeSetUp.execute(tenant.owner, local("backups"))).toEqual({ warnings: [], texts: [] });
    await expect(describeSetUp.execute(tenant.owner, { kind: "floppy", config: {} })).rejects.toMatchObject({ code: "unknown-kind" });
  });
});

describe("validating", () => {
  test("a folder goes step by step, and leaves nothing behind", async () => {
    const result = await validateDestination.execute(tenant.owner, local("backups"));
    expect(result).toMatchObject({ ok: true });
    expect(result.steps.length).toBeGreaterThan(3);
    expect(result.steps.every(({ ok }) => ok)).toBe(true);
  });

  test.each(["../elsewhere", "/etc", "a/../../b"])("a folder outside, %s, fails with the reason", async (path) => {
    const result = await validateDestination.execute(tenant.owner, local(path));
    expect(result).toMatchObject({ ok: false, steps: [{ ok: false }] });
  });

  test.each([
    [{ kind: "local", config: {} }, "config.path", "Fill this in."],
    [{ kind: "local", config: { path: " " } }, "config.path", "Name a folder."],
    [{ kind: "floppy", config: {} }, "kind", /There is no destination of the kind/],
  ])("%j is refused beside its field", async (input, path, message) => {
    const matching = typeof message === "string" ? message : (expect.stringMatching(message) as unknown);
    await expect(validateDestination.execute(tenant.owner, input)).rejects.toMatchObject({ errors: [{ path, message: matching }] });
  });
});

describe("a destination", () => {
  test("is saved only after the server tried it too", async () => {
    const attempt = createDestination.execute(tenant.owner, { name: "Outside", ...local("/etc") });
    await expect(attempt).rejects.toMatchObject({ code: "validation-failed", extra: { steps: [{ ok: false }] } });
    const saved = await createDestination.execute(tenant.owner, { name: "Second folder", ...local("second") });
    expect(saved).toMatchObject({ name: "Second folder", config: { path: "second" }, storedSecrets: [], copyCount: 0 });
    const moved = updateDestination.execute(tenant.owner, { id: saved.id, config: { path: "../outside" } });
    await expect(moved).rejects.toMatchObject({ code: "validation-failed" });
    expect(await getDestination.execute(tenant.owner, { id: saved.id })).toEqual(saved);
    const renamed = await updateDestination.execute(tenant.owner, { id: saved.id, name: "Third 🗄 / folder" });
    expect(renamed).toEqual({ ...saved, name: "Third 🗄 / folder" });
    expect(await validateStoredDestination.execute(tenant.owner, { id: saved.id })).toMatchObject({ ok: true });
  });

  test("is disconnected by an admin, and still opens for the backups that lie there", async () => {
    const { id } = await createDestination.execute(tenant.owner, { name: "Second", ...local("second") });
    await expect(deleteDestination.execute(await tenant.addMember("operator"), { id })).rejects.toMatchObject({ code: "forbidden" });
    await deleteDestination.execute(await tenant.addMember("admin"), { id });
    await expect(getDestination.execute(tenant.owner, { id })).rejects.toMatchObject({ code: "not-found" });
    expect((await listDestinations.execute(tenant.owner, {})).items.map(({ name }) => name)).toEqual(["This machine"]);
    expect(await loadDestination(tenant.id, id)).toMatchObject({ name: "Second", config: { path: "second" } });
  });

  test("of another tenant does not exist", async () => {
    const { id } = await createDestination.execute((await createTestTenant()).owner, { name: "Theirs", ...local("theirs") });
    for (const operation of [getDestination, validateStoredDestination, updateDestination, deleteDestination])
      await expect(operation.execute(tenant.owner, { id, name: "Mine" })).rejects.toMatchObject({ code: "not-found" });
  });

  test("is only looked at by a viewer", async () => {
    const viewer = await tenant.addMember("viewer");
    const input = { name: "Mine", ...local("mine") };
    await expect(validateDestination.execute(viewer, input)).rejects.toMatchObject({ code: "forbidden" });
    await expect(createDestination.execute(viewer, input)).rejects.toMatchObject({ code: "forbidden" });
    expect((await listDestinations.execute(viewer, {})).items).toHaveLength(1);
  });
});
