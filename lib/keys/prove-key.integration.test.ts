import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import type { Context } from "#lib/auth/context.ts";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { currentKey } from "#lib/keys/current-key.ts";
import { exportKeyIdentity } from "#lib/keys/export-key-identity.ts";
import { getKeyChallenge } from "#lib/keys/get-key-challenge.ts";
import { getKey } from "#lib/keys/get-key.ts";
import { proveKey } from "#lib/keys/prove-key.ts";
import { setCurrentKey } from "#lib/keys/set-current-key.ts";
import { createTestTenant, TEST_PASSWORD, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

const PASSPHRASE = "violet-hammer-orbit-lantern-squid";

let installation: TestInstallation;
let tenant: TestTenant;
let restorer: Context;
let folder: string;
beforeAll(async () => {
  installation = await createTestInstallation();
  tenant = await createTestTenant();
  restorer = await tenant.addMember("restorer");
  folder = mkdtempSync(join(tmpdir(), "holdfast-test-challenge-"));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await closeClients();
  await installation.remove();
});

test("a managed key is protected once an owner has taken it away, and its holder proves that with age alone", async () => {
  const { id } = await withTenant(tenant.id, currentKey);
  expect(await getKey.execute(tenant.owner, { id })).toMatchObject({ isProtected: false, identityTakenAt: null, proofDueAt: null });
  const file = await exportKeyIdentity.execute(tenant.owner, { id, password: TEST_PASSWORD });
  const taken = await getKey.execute(tenant.owner, { id });
  expect(taken).toMatchObject({ isProtected: true, isProofOverdue: false, provenAt: null });
  expect(taken.identityTakenAt).not.toBeNull();
  await expect(proveKey.execute(restorer, { id, passphrase: PASSPHRASE })).rejects.toMatchObject({ code: "no-passphrase" });

  const answer = ageSays(file.content, (await getKeyChallenge.execute(restorer, { id })).content);
  const proven = await proveKey.execute(restorer, { id, answer: `  ${answer}` });
  expect(proven.provenAt).not.toBeNull();
  // The next proof has to open another file.
  await expect(proveKey.execute(restorer, { id, answer })).rejects.toMatchObject({ code: "wrong-answer", errors: [{ path: "answer" }] });
  expect(await setCurrentKey.execute(tenant.owner, { mode: "passphrase", passphrase: PASSPHRASE })).toMatchObject({ isProtected: true });
});

test("a managed key is protected without that once somebody else's key opens its backups too", async () => {
  const { owner } = await createTestTenant();
  const choose = (recoveryRecipients: string[]) =>
    setCurrentKey.execute(owner, { mode: "managed", password: TEST_PASSWORD, recoveryRecipients });
  expect(await choose([])).toMatchObject({ mode: "managed", isProtected: false });
  const { recipient } = generateIdentity();
  const { id } = await choose([recipient]);
  expect(await getKey.execute(owner, { id })).toMatchObject({
    mode: "managed",
    isProtected: true,
    identityTakenAt: null,
    recoveryRecipients: [recipient],
  });
});

test("a passphrase is proven by itself, and overdue after 90 days", async () => {
  const { id } = await withTenant(tenant.id, currentKey);
  await withTenant(tenant.id, (db) => db.key.updateMany({ where: { id }, data: { provenAt: new Date(Date.now() - 91 * 86_400_000) } }));
  expect(await getKey.execute(tenant.owner, { id })).toMatchObject({ isProofOverdue: true });
  await expect(proveKey.execute(restorer, { id, passphrase: "not it" })).rejects.toMatchObject({ code: "wrong-passphrase" });
  expect(await getKey.execute(tenant.owner, { id })).toMatchObject({ isProofOverdue: true });
  expect(await proveKey.execute(restorer, { id, passphrase: PASSPHRASE })).toMatchObject({ id, isProofOverdue: false });
  for (const input of [{}, { passphrase: PASSPHRASE, answer: "both" }]) {
    await expect(proveKey.execute(restorer, { id, ...input })).rejects.toMatchObject({ code: "invalid-input" });
  }
  const events = await withTenant(tenant.id, (db) => db.auditEvent.findMany({ where: { action: "key.proven" } }));
  expect(events.map(({ detail }) => detail)).toEqual([{ by: "challenge" }, { by: "passphrase" }]);
  expect(JSON.stringify(events, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value))).not.toContain(PASSPHRASE);
});

test("a key from before challenges gets one when it is asked for, and keeps only the hash of what it holds", async () => {
  const { id } = await withTenant(tenant.id, currentKey);
  await withTenant(tenant.id, (db) => db.key.updateMany({ where: { id }, data: { challenge: null, challengeSha256: null } }));
  const [first, second] = [await getKeyChallenge.execute(restorer, { id }), await getKeyChallenge.execute(restorer, { id })];
  expect(first.content).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----/);
  expect(second).toEqual(first);
});

test("wrong answers are counted as wrong passphrases are", async () => {
  const { id } = await withTenant(tenant.id, currentKey);
  const guesser = await tenant.addMember("restorer");
  for (let attempt = 0; attempt < 5; attempt++) {
    await expect(proveKey.execute(guesser, { id, answer: "six wrong words" })).rejects.toMatchObject({ code: "wrong-answer" });
  }
  await expect(proveKey.execute(guesser, { id, answer: "six wrong words" })).rejects.toMatchObject({ code: "too-many-requests" });
});

test("without encryption there is nothing to prove", async () => {
  const { id } = await setCurrentKey.execute(tenant.owner, { mode: "off", password: TEST_PASSWORD });
  await expect(getKeyChallenge.execute(restorer, { id })).rejects.toMatchObject({ code: "no-key-file" });
  await expect(proveKey.execute(restorer, { id, answer: "anything" })).rejects.toMatchObject({ code: "no-key-file" });
});

/** What the distribution's age says of a file, as somebody runs it on their own machine. */
function ageSays(keyFile: string, file: string): string {
  const [key, challenge] = [join(folder, "identity.txt"), join(folder, "challenge.age")];
  writeFileSync(key, keyFile, { mode: 0o600 });
  writeFileSync(challenge, file);
  return execFileSync("age", ["-d", "-i", key, challenge], { encoding: "utf8" }).trim();
}
