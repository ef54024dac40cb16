import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { identityFile } from "#lib/crypto/identity-file.ts";
import { fingerprintOf } from "#lib/crypto/keyring.ts";
import { protectIdentity } from "#lib/crypto/passphrase.ts";
import { encryptHeader } from "#lib/crypto/recipients.ts";
import { generateSigningKey } from "#lib/crypto/signature.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { adoptKey } from "#lib/keys/adopt-key.ts";
import { exportKeyIdentity } from "#lib/keys/export-key-identity.ts";
import { getKeyChallenge } from "#lib/keys/get-key-challenge.ts";
import { getKey } from "#lib/keys/get-key.ts";
import { makePassphraseKey, type PassphraseKey } from "#lib/keys/make-passphrase-key.ts";
import { setCurrentKey } from "#lib/keys/set-current-key.ts";
import { unlockFileKey } from "#lib/keys/unlock-file-key.ts";
import { createTestTenant, TEST_PASSWORD, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

const PASSPHRASE = "violet-hammer-orbit-lantern-squid";
const proof = { password: TEST_PASSWORD };
const fileKey = Buffer.alloc(16, 7);
const signer = generateSigningKey().publicKey;

let installation: TestInstallation;
let tenant: TestTenant;
let material: PassphraseKey;
beforeAll(async () => {
  installation = await createTestInstallation();
  material = await makePassphraseKey(PASSPHRASE, signer);
});
beforeEach(async () => {
  tenant = await createTestTenant();
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

test("a managed key that was found opens nothing until its owner brings the file that was taken away", async () => {
  const { identity, recipient } = generateIdentity();
  const id = await found({ mode: "managed", fingerprint: fingerprintOf(recipient) });
  const backup = { keyId: id, ageHeader: encryptHeader({ fileKey, recipients: [recipient] }).header };
  expect(await getKey.execute(tenant.owner, { id })).toMatchObject({
    origin: "rebuilt",
    isOpened: false,
    isProtected: false,
    recipient: null,
  });
  const failure = unlockFileKey(tenant.owner, backup, undefined);
  await expect(failure).rejects.toMatchObject({ code: "key-not-here" });
  await expect(failure).rejects.toThrow(/was found in a destination/);
  await expect(exportKeyIdentity.execute(tenant.owner, { id, ...proof })).rejects.toMatchObject({ code: "key-not-here" });
  await expect(getKeyChallenge.execute(tenant.owner, { id })).rejects.toMatchObject({ code: "key-not-opened" });

  const bring = (keyFile: string, password = TEST_PASSWORD) => adoptKey.execute(tenant.owner, { id, keyFile, password });
  await expect(bring(identity, "not it")).rejects.toMatchObject({ code: "wrong-password" });
  for (const wrong of [generateIdentity().identity, "nothing in here", `${identity.slice(0, -1)}Q`]) {
    await expect(bring(wrong)).rejects.toMatchObject({ code: "wrong-key-file", errors: [{ path: "keyFile" }] });
  }
  const file = identityFile({ identity, recipient, createdAt: new Date(), signingKey: signer });
  expect(await bring(file)).toMatchObject({ isOpened: true, isProtected: true, recipient, signingPublicKey: signer });
  expect(await unlockFileKey(tenant.owner, backup, undefined)).toEqual(fileKey);
  expect(JSON.stringify(await auditDetails())).not.toContain("AGE-SECRET-KEY");
});

test("a key under a passphrase that was found is learned wherever its passphrase is typed first", async () => {
  const id = await found({ mode: "passphrase", fingerprint: material.fingerprint, protectedIdentity: material.protectedIdentity });
  expect(await getKey.execute(tenant.owner, { id })).toMatchObject({ isOpened: false, recipient: null, signingPublicKey: null });
  const backup = { keyId: id, ageHeader: encryptHeader({ fileKey, recipients: [material.recipient] }).header };
  expect(await unlockFileKey(tenant.owner, backup, PASSPHRASE)).toEqual(fileKey);
  const learned = { isOpened: true, recipient: material.recipient, signingPublicKey: signer };
  expect(await getKey.execute(tenant.owner, { id })).toMatchObject(learned);
});

test("adoption by the passphrase learns the same, also from the file that its owner kept when the found one is damaged", async () => {
  const id = await found({ mode: "passphrase", fingerprint: material.fingerprint, protectedIdentity: "cut off" });
  await expect(adoptKey.execute(tenant.owner, { id, passphrase: PASSPHRASE, ...proof })).rejects.toMatchObject({ code: "key-damaged" });
  const own = { keyFile: material.protectedIdentity, passphrase: PASSPHRASE };
  await expect(adoptKey.execute(tenant.owner, { id, ...own, passphrase: "not it", ...proof })).rejects.toMatchObject({
    code: "wrong-passphrase",
  });
  expect(await adoptKey.execute(tenant.owner, { id, ...own, ...proof })).toMatchObject({ isOpened: true, signingPublicKey: signer });
  expect(await adoptKey.execute(tenant.owner, { id, passphrase: PASSPHRASE, ...proof })).toMatchObject({ isOpened: true });
});

test("an older file takes no whole one's place, with which its older passphrase would come back", async () => {
  const { identity, recipient } = generateIdentity();
  const under = async (passphrase: string) => (await protectIdentity(identity, recipient, passphrase, { workFactor: 10 })).toString();
  const [older, present] = [await under(PASSPHRASE), await under("the one of today")];
  const id = await found({ mode: "passphrase", fingerprint: fingerprintOf(recipient), protectedIdentity: present });
  const bring = (passphrase: string) => adoptKey.execute(tenant.owner, { id, keyFile: older, passphrase, ...proof });
  const stored = async () => (await withTenant(tenant.id, (db) => db.key.findUniqueOrThrow({ where: { id } }))).protectedIdentity;
  await expect(bring(PASSPHRASE)).rejects.toMatchObject({
    code: "wrong-passphrase",
    message: expect.stringContaining("is whole") as unknown,
  });
  expect(await stored()).toBe(present);
  expect(await bring("the one of today")).toMatchObject({ isOpened: true });
  expect(await stored()).toBe(present);
});

test("a file that was put right while another was brought for it stays", async () => {
  const { identity, recipient } = generateIdentity();
  const keyFile = (await protectIdentity(identity, recipient, PASSPHRASE, { workFactor: 10 })).toString();
  const id = await found({ mode: "passphrase", fingerprint: fingerprintOf(recipient), protectedIdentity: "cut off" });
  const somebody = new pg.Client({ connectionString: installation.database.superuserUrl });
  await somebody.connect();
  await somebody.query("BEGIN");
  await somebody.query("UPDATE keys SET protected_identity = 'put right' WHERE id = $1", [id]);
  const refused = expect(adoptKey.execute(tenant.owner, { id, keyFile, passphrase: PASSPHRASE, ...proof })).rejects.toMatchObject({
    code: "key-changed",
  });
  // Other test files work on the same server.
  const waiting = "SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()";
  const waits = async () => (await somebody.query(waiting)).rowCount;
  await expect.poll(waits, { timeout: 30_000 }).toBeGreaterThan(0);
  await somebody.query("COMMIT");
  await somebody.end();
  await refused;
  const { protectedIdentity } = await withTenant(tenant.id, (db) => db.key.findUniqueOrThrow({ where: { id } }));
  expect(protectedIdentity).toBe("put right");
});

test("a file that opens to another key than its name says is refused, and nothing is learned of it", async () => {
  const fingerprint = fingerprintOf(generateIdentity().recipient);
  const id = await found({ mode: "passphrase", fingerprint, protectedIdentity: material.protectedIdentity });
  await expect(adoptKey.execute(tenant.owner, { id, passphrase: PASSPHRASE, ...proof })).rejects.toMatchObject({ code: "key-damaged" });
  expect(await getKey.execute(tenant.owner, { id })).toMatchObject({ isOpened: false, recipient: null, signingPublicKey: null });
});

test("keys that were found leave the first choice to be made, and a key made here cannot be adopted", async () => {
  await found({ mode: "passphrase", fingerprint: material.fingerprint, protectedIdentity: material.protectedIdentity });
  const { id } = await setCurrentKey.execute(tenant.owner, { mode: "passphrase", passphrase: PASSPHRASE });
  await expect(adoptKey.execute(tenant.owner, { id, passphrase: PASSPHRASE, ...proof })).rejects.toMatchObject({ code: "not-rebuilt" });
});

/** As the catalogue's rebuild leaves a key: without recipient, retired. */
async function found(key: { mode: string; fingerprint: string; protectedIdentity?: string }): Promise<string> {
  const id = newId("key");
  await withTenant(tenant.id, (db) => db.key.createMany({ data: [{ id, ...key, origin: "rebuilt", retiredAt: new Date() }] }));
  return id;
}

async function auditDetails() {
  return withTenant(tenant.id, (db) => db.auditEvent.findMany({ select: { detail: true } }));
}
