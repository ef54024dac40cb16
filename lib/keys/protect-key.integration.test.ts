import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { addLocalDestination } from "#e2e/servers/backed-up-folder.ts";
import { createS3Stage } from "#e2e/servers/s3-stage.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { keyFileKey, MAX_KEY_FILE_VERSION } from "#lib/backups/object-keys.ts";
import { readObjectName } from "#lib/catalogue/object-names.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { recipientOf } from "#lib/crypto/identity.ts";
import { openKeyFile } from "#lib/crypto/passphrase.ts";
import { generateSigningKey } from "#lib/crypto/signature.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { openDestination } from "#lib/destinations/open-destination.ts";
import { newId } from "#lib/ids.ts";
import { authenticateKey } from "#lib/keys/authenticate-key.ts";
import { distributeKeyFiles } from "#lib/keys/distribute-key-files.ts";
import { getKey } from "#lib/keys/get-key.ts";
import { makePassphraseKey, type PassphraseKey } from "#lib/keys/make-passphrase-key.ts";
import { protectKey } from "#lib/keys/protect-key.ts";
import type { KeyDto } from "#lib/keys/schemas.ts";
import type { FaultPoint } from "#lib/runs/fault-points.ts";
import { storeKeyFile } from "#lib/runs/store-key-file.ts";
import { sealSecrets } from "#lib/tenants/data-key.ts";
import { createTestTenant, TEST_PASSWORD, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

const OLD = "violet-hammer-orbit-lantern-squid";
const NEW = "pepper-glacier-monkey-atlas-drum";

let installation: TestInstallation;
let tenant: TestTenant;
let id: string;
let destinations: string[];
let material: PassphraseKey;
beforeAll(async () => {
  installation = await createTestInstallation();
  material = await makePassphraseKey(OLD, generateSigningKey().publicKey);
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

/** A key under a passphrase, whose file lies in two destinations. */
beforeEach(async () => {
  tenant = await createTestTenant();
  id = newId("key");
  await withTenant(tenant.id, async (db) => {
    await db.key.updateMany({ data: { retiredAt: new Date() } });
    await db.key.createMany({ data: [{ id, mode: "passphrase", hint: "the old one", ...material }] });
  });
  const first = await withTenant(tenant.id, (db) => db.destination.findFirstOrThrow());
  destinations = [first.id, await addLocalDestination(tenant.id, "second")];
  for (const destinationId of destinations) await store(destinationId);
});

test("both passphrases open until every destination holds the new file; a destination that fails holds it up and is named", async () => {
  renameSync(pathOf("second"), pathOf("away"));
  writeFileSync(pathOf("second"), "not a folder");
  const begun = await protect();
  expect(begun).toMatchObject({ isProtectionPending: true, protectionVersion: 1, hint: "the new one" });
  await distributeKeyFiles(new AbortController().signal);
  const heldUp = await getKey.execute(tenant.owner, { id });
  await expectPause({ destinationId: destinations[1], version: 2 }, [5, 60]);
  expect(heldUp.isProtectionPending).toBe(true);
  expect(next(heldUp, destinations[0])).toMatchObject({ status: "stored", failure: null });
  expect(next(heldUp, destinations[1])).toMatchObject({
    status: "writing",
    destinationName: "second",
    failure: expect.any(String) as string,
  });
  await expect(protect()).rejects.toMatchObject({ code: "protection-pending" });
  expect([await opens(OLD), await opens(NEW)]).toEqual([true, true]);

  // A backup into a third destination meanwhile brings both.
  const third = await addLocalDestination(tenant.id, "third");
  await store(third);
  expect(keyFiles("third")).toEqual([`${id}.1.age`, `${id}.2.age`]);

  rmSync(pathOf("second"));
  renameSync(pathOf("away"), pathOf("second"));
  await endPauses();
  await distributeKeyFiles(new AbortController().signal);
  const done = await getKey.execute(tenant.owner, { id });
  expect(done).toMatchObject({ isProtectionPending: false, protectionVersion: 2 });
  expect(done.copies.map((copy) => [copy.version, copy.status])).toEqual(Array(3).fill([2, "stored"]));
  for (const name of [".", "second", "third"]) expect(keyFiles(name)).toEqual([`${id}.2.age`]);
  const file = readFileSync(join(pathOf("second"), tenant.id, "keys", `${id}.2.age`));
  const { identity, signingKey } = await openKeyFile(file, NEW);
  expect([recipientOf(identity), signingKey]).toEqual([material.recipient, material.signingPublicKey]);
});

test.each<[FaultPoint, boolean]>([
  ["after-key-file", true],
  ["before-protection", true],
  ["after-protection", false],
  ["during-key-file-removal", false],
])("killed %s, the key opens, every destination holds a file that does, and the next round ends it", async (point, oldOpens) => {
  await protect();
  expect(roundKilledAt(point)).toBe("SIGKILL");
  expect([await opens(OLD), await opens(NEW)]).toEqual([oldOpens, true]);
  const { protectedIdentity, protectionVersion } = await row();
  for (const name of [".", "second"]) {
    const file = join(pathOf(name), tenant.id, "keys", `${id}.${protectionVersion}.age`);
    expect(readFileSync(file, "utf8")).toBe(protectedIdentity);
  }
  await distributeKeyFiles(new AbortController().signal);
  for (const name of [".", "second"]) expect(keyFiles(name)).toEqual([`${id}.2.age`]);
  expect(await row()).toMatchObject({ protectionVersion: 2, nextProtectedIdentity: null });
});

test("without a stored file, the new passphrase takes over at once", async () => {
  await withTenant(tenant.id, (db) => db.keyCopy.updateMany({ data: { status: "deleted" } }));
  const input = { id, passphrase: OLD, newPassphrase: NEW, password: TEST_PASSWORD };
  expect(await protectKey.execute(tenant.owner, input)).toMatchObject({ isProtectionPending: false, protectionVersion: 2, hint: null });
});

test("what is wrong is said beside its field, and nothing of a passphrase is written down", async () => {
  const attempt = (input: object) =>
    protectKey.execute(tenant.owner, { id, passphrase: OLD, newPassphrase: NEW, password: TEST_PASSWORD, ...input });
  await expect(attempt({ password: "not it" })).rejects.toMatchObject({ code: "wrong-password" });
  await expect(attempt({ passphrase: "not it" })).rejects.toMatchObject({ code: "wrong-passphrase", errors: [{ path: "passphrase" }] });
  await expect(attempt({ newPassphrase: "password1234" })).rejects.toMatchObject({ errors: [{ path: "newPassphrase" }] });
  await expect(attempt({ hint: "a glacier" })).rejects.toMatchObject({ errors: [{ path: "hint" }] });
  await expect(attempt({ newPassphrase: OLD })).rejects.toMatchObject({ code: "same-passphrase", errors: [{ path: "newPassphrase" }] });
  const managed = await withTenant(tenant.id, (db) => db.key.findFirstOrThrow({ where: { mode: "managed" } }));
  await expect(attempt({ id: managed.id })).rejects.toMatchObject({ code: "no-passphrase" });
  await protect();
  await distributeKeyFiles(new AbortController().signal);
  const events = await withTenant(tenant.id, (db) => db.auditEvent.findMany({ select: { action: true, detail: true } }));
  expect(events.map(({ action }) => action)).toEqual(expect.arrayContaining(["key.passphraseChanged", "key.protectedAnew"]));
  for (const secret of [OLD, NEW, "AGE"]) expect(JSON.stringify(events)).not.toContain(secret);
});

test("no file follows the one with the highest number, which nobody would find again", async () => {
  const setVersion = (protectionVersion: number) =>
    withTenant(tenant.id, (db) => db.key.updateMany({ where: { id }, data: { protectionVersion } }));
  const highest = MAX_KEY_FILE_VERSION;
  expect(readObjectName(keyFileKey({ tenantId: tenant.id, keyId: id, version: highest }))).toMatchObject({ kind: "key", version: highest });
  expect(readObjectName(keyFileKey({ tenantId: tenant.id, keyId: id, version: highest + 1 }))).toEqual({ kind: "unknown" });
  await setVersion(highest);
  await expect(protect()).rejects.toMatchObject({ code: "last-key-file" });
  await withTenant(tenant.id, (db) => db.keyCopy.updateMany({ data: { status: "deleted" } }));
  await setVersion(highest - 1);
  expect(await protect()).toMatchObject({ protectionVersion: highest });
});

test("an old file that is locked is spared, and its row says that it opens with the old passphrase", async () => {
  const stage = await createS3Stage({ objectLockMode: "GOVERNANCE", objectLockDays: 10 });
  try {
    const locking = newId("destination");
    const { secretAccessKey, ...config } = stage.config();
    await withTenant(tenant.id, async (db) => {
      const sealedSecrets = await sealSecrets(db, locking, { secretAccessKey });
      await db.destination.createMany({ data: [{ id: locking, name: "Locked", kind: "s3", config, sealedSecrets }] });
    });
    await store(locking);
    await protect();
    await distributeKeyFiles(new AbortController().signal);
    const { copies, isProtectionPending } = await getKey.execute(tenant.owner, { id });
    expect(isProtectionPending).toBe(false);
    expect(copies.filter(({ destinationId }) => destinationId === locking)).toMatchObject([
      { version: 1, status: "deleting", failure: expect.stringMatching(/locked until .* opens with the old passphrase\.$/) as string },
      { version: 2, status: "stored", failure: null },
    ]);
    await expectPause({ destinationId: locking, version: 1 }, [24 * 60, 24 * 60]);
  } finally {
    stage.close();
  }
});

test("a key file that was changed or swapped is refused and marked, and one that is gone is written again", async () => {
  const file = join(pathOf("second"), tenant.id, "keys", `${id}.1.age`);
  const right = readFileSync(file, "utf8");
  writeFileSync(file, right.replace("AGE", "EGA"));
  await expect(store(destinations[1])).rejects.toThrow(/keys\/key_.*\.1\.age” was changed in the destination/);
  const { copies } = await getKey.execute(tenant.owner, { id });
  expect(copies.find(({ destinationId }) => destinationId === destinations[1])).toMatchObject({
    status: "damaged",
    failure: expect.stringContaining("was changed") as string,
  });
  rmSync(file);
  await store(destinations[1]);
  expect(readFileSync(file, "utf8")).toBe(right);
  expect((await getKey.execute(tenant.owner, { id })).copies.map(({ status }) => status)).toEqual(["stored", "stored"]);
  // One that was given up with all else in the destination is wanted again by the next backup there.
  await withTenant(tenant.id, (db) => db.keyCopy.updateMany({ data: { status: "deleted" } }));
  rmSync(file);
  await store(destinations[1]);
  expect(readFileSync(file, "utf8")).toBe(right);
});

test("a backup that writes the old file while the new one takes over brings the new one, and leaves no old file", async () => {
  const third = await addLocalDestination(tenant.id, "third");
  let isFirst = true;
  const overtaken = (session: DestinationSession): DestinationSession => ({
    ...session,
    put: async (key, body, options) => {
      if (isFirst) {
        isFirst = false;
        await protect();
        await distributeKeyFiles(new AbortController().signal);
        await distributeKeyFiles(new AbortController().signal);
      }
      return session.put(key, body, options);
    },
  });
  await store(third, overtaken);
  await distributeKeyFiles(new AbortController().signal);
  expect(await row()).toMatchObject({ protectionVersion: 2 });
  expect(keyFiles("third")).toEqual([`${id}.2.age`]);
});

const endPauses = () => withTenant(tenant.id, (db) => db.keyCopy.updateMany({ data: { nextAttemptAt: null } }));

/** It was tried once, is not tried again before its pause is over, and rests longer after the next failure: so many minutes at first and at last. */
async function expectPause(where: { destinationId: string | undefined; version: number }, [first, last]: [number, number]): Promise<void> {
  const { destinationId = "", version } = where;
  const copy = () => withTenant(tenant.id, (db) => db.keyCopy.findFirstOrThrow({ where: { keyId: id, destinationId, version } }));
  const minutes = async () => Math.round(((await copy()).nextAttemptAt?.getTime() ?? 0) / 60_000 - Date.now() / 60_000);
  const before = await copy();
  expect(before.attempts).toBe(1);
  expect(Math.abs((await minutes()) - first)).toBeLessThan(2);
  await distributeKeyFiles(new AbortController().signal);
  expect(await copy()).toEqual(before);
  await withTenant(tenant.id, (db) =>
    db.keyCopy.updateMany({ where: { keyId: id, destinationId, version }, data: { attempts: 7, nextAttemptAt: null } }),
  );
  await distributeKeyFiles(new AbortController().signal);
  expect((await copy()).attempts).toBe(8);
  expect(Math.abs((await minutes()) - last)).toBeLessThan(2);
}

const row = () => withTenant(tenant.id, (db) => db.key.findUniqueOrThrow({ where: { id } }));

const protect = () =>
  protectKey.execute(tenant.owner, { id, passphrase: OLD, newPassphrase: NEW, hint: "the new one", password: TEST_PASSWORD });

async function opens(passphrase: string): Promise<boolean> {
  try {
    await authenticateKey(tenant.owner, await row(), passphrase);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: "wrong-passphrase" });
    return false;
  }
}

/** As a run does before each archive. */
async function store(destinationId = "", around = (session: DestinationSession) => session): Promise<void> {
  const session = await openDestination(tenant.id, destinationId, new AbortController().signal);
  try {
    await storeKeyFile(around(session), tenant.id, destinationId, await row());
  } finally {
    await session.close();
  }
}

function pathOf(name: string): string {
  return join(installation.dataDir, "local", tenant.id, name);
}

function keyFiles(name: string): string[] {
  return readdirSync(join(pathOf(name), tenant.id, "keys")).toSorted();
}

function next(key: KeyDto, destinationId: string | undefined) {
  return key.copies.find((copy) => copy.version === 2 && copy.destinationId === destinationId);
}

/** A round in a process of its own, which dies at that point. */
function roundKilledAt(point: FaultPoint): NodeJS.Signals | null {
  const code = `import { distributeKeyFiles } from "#lib/keys/distribute-key-files.ts"; await distributeKeyFiles(new AbortController().signal); process.exit(0);`;
  const env = { PATH: process.env["PATH"] ?? "", ...installation.environment, HOLDFAST_FAULT_POINT: point };
  return spawnSync(process.execPath, ["--input-type=module", "-e", code], { env: { ...env, NODE_ENV: "test" }, stdio: "inherit" }).signal;
}
