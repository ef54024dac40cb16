import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generateIdentity, recipientOf } from "#lib/crypto/identity.ts";
import { unprotectIdentity } from "#lib/crypto/passphrase.ts";
import { encryptHeader } from "#lib/crypto/recipients.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { currentKey, recipientsOf } from "#lib/keys/current-key.ts";
import { exportKeyIdentity } from "#lib/keys/export-key-identity.ts";
import { getKey } from "#lib/keys/get-key.ts";
import { listKeys } from "#lib/keys/list-keys.ts";
import { setCurrentKey } from "#lib/keys/set-current-key.ts";
import { unlockFileKey } from "#lib/keys/unlock-file-key.ts";
import { createTestTenant, TEST_PASSWORD, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

const FIRST = "violet-hammer-orbit-lantern-squid";
const SECOND = "pepper-glacier-monkey-atlas-drum";

let installation: TestInstallation;
beforeAll(async () => {
  installation = await createTestInstallation();
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

describe("a tenant's keys, from the managed one to the second passphrase", () => {
  let tenant: TestTenant;
  let firstId: string;
  const fileKey = Buffer.alloc(16, 7);
  beforeAll(async () => {
    tenant = await createTestTenant();
  });

  test("begin with a managed key, which opens its own archives without any passphrase", async () => {
    const key = await withTenant(tenant.id, currentKey);
    expect(key.mode).toBe("managed");
    const { header } = encryptHeader({ fileKey, recipients: recipientsOf(key) });
    expect(await unlockFileKey(tenant.owner, { keyId: key.id, ageHeader: header }, undefined)).toEqual(fileKey);
  });

  test("a restorer may not set the passphrase, and a weak one or a telling hint is refused beside its field", async () => {
    const restorer = await tenant.addMember("restorer");
    await expect(setCurrentKey.execute(restorer, { mode: "passphrase", passphrase: FIRST })).rejects.toMatchObject({ code: "forbidden" });
    const attempt = (input: object) => setCurrentKey.execute(tenant.owner, { mode: "passphrase", ...input });
    await expect(attempt({ passphrase: "password1234" })).rejects.toMatchObject({
      code: "weak-passphrase",
      errors: [{ path: "passphrase" }],
    });
    await expect(attempt({ passphrase: FIRST, hint: "the lantern" })).rejects.toMatchObject({ errors: [{ path: "hint" }] });
    await expect(attempt({})).rejects.toMatchObject({ errors: [{ path: "passphrase" }] });
    const own = { passphrase: FIRST, recoveryRecipients: ["age1nonsense"] };
    await expect(attempt(own)).rejects.toMatchObject({ errors: [{ path: "recoveryRecipients.0" }] });
  });

  test("the first passphrase needs nothing more, and its key file opens with it", async () => {
    const recovery = generateIdentity();
    const key = await setCurrentKey.execute(tenant.owner, {
      mode: "passphrase",
      passphrase: FIRST,
      hint: "the usual five",
      recoveryRecipients: [recovery.recipient],
    });
    firstId = key.id;
    expect(key).toMatchObject({ mode: "passphrase", hint: "the usual five", retiredAt: null, recoveryRecipients: [recovery.recipient] });
    expect(recipientOf(await unprotectIdentity(Buffer.from(key.keyFile?.content ?? ""), FIRST))).toBe(key.recipient);
    const { items } = await listKeys.execute(tenant.owner, {});
    expect(items.map((item) => [item.mode, item.retiredAt === null])).toEqual([
      ["passphrase", true],
      ["managed", false],
    ]);
  });

  test("a later one needs the login password", async () => {
    const input = { mode: "passphrase", passphrase: SECOND };
    await expect(setCurrentKey.execute(tenant.owner, input)).rejects.toMatchObject({
      code: "wrong-password",
      errors: [{ path: "password" }],
    });
    await expect(setCurrentKey.execute(tenant.owner, { ...input, password: "not it" })).rejects.toMatchObject({ code: "wrong-password" });
    const key = await setCurrentKey.execute(tenant.owner, { ...input, password: TEST_PASSWORD });
    expect((await getKey.execute(tenant.owner, { id: firstId })).retiredAt).not.toBeNull();
    expect((await withTenant(tenant.id, currentKey)).id).toBe(key.id);
  });

  test("an old backup opens with the passphrase of its own day only, and says which that is", async () => {
    const old = await withTenant(tenant.id, (db) => db.key.findUniqueOrThrow({ where: { id: firstId } }));
    const { header } = encryptHeader({ fileKey, recipients: recipientsOf(old) });
    const backup = { keyId: firstId, ageHeader: header };
    const failure = unlockFileKey(tenant.owner, backup, SECOND);
    await expect(failure).rejects.toMatchObject({
      code: "wrong-passphrase",
      errors: [{ path: "passphrase" }],
      extra: { key: { id: firstId, fingerprint: old.fingerprint, hint: "the usual five" } },
    });
    await expect(failure).rejects.toThrow(old.createdAt.toISOString().slice(0, 10));
    await expect(unlockFileKey(tenant.owner, backup, undefined)).rejects.toMatchObject({ code: "passphrase-needed" });
    expect(await unlockFileKey(tenant.owner, backup, FIRST)).toEqual(fileKey);
    const stranger = encryptHeader({ fileKey, recipients: [generateIdentity().recipient] }).header;
    await expect(unlockFileKey(tenant.owner, { keyId: firstId, ageHeader: stranger }, FIRST)).rejects.toMatchObject({
      code: "key-damaged",
    });
  });

  test("a blank passphrase switches encryption off", async () => {
    const key = await setCurrentKey.execute(tenant.owner, { mode: "passphrase", passphrase: "", password: TEST_PASSWORD });
    expect(key).toMatchObject({ mode: "off", recipient: null, keyFile: null });
    expect(await unlockFileKey(tenant.owner, { keyId: key.id, ageHeader: null }, undefined)).toBeNull();
  });

  test("a key file is handed out behind the password; a managed identity to an owner only", async () => {
    const { items } = await listKeys.execute(tenant.owner, {});
    const managedId = items.find((item) => item.mode === "managed")?.id;
    const restorer = await tenant.addMember("restorer");
    const proof = { password: TEST_PASSWORD };
    await expect(exportKeyIdentity.execute(restorer, { id: firstId, password: "not it" })).rejects.toMatchObject({
      code: "wrong-password",
    });
    expect(await exportKeyIdentity.execute(restorer, { id: firstId, ...proof })).toMatchObject({ protected: true });
    await expect(exportKeyIdentity.execute(restorer, { id: managedId, ...proof })).rejects.toMatchObject({ code: "forbidden" });
    const managed = await exportKeyIdentity.execute(tenant.owner, { id: managedId, ...proof });
    expect(managed).toMatchObject({ protected: false, content: expect.stringContaining("AGE-SECRET-KEY-1") as string });
    const audit = await withTenant(tenant.id, (db) => db.auditEvent.findMany({ where: { action: "key.exported" } }));
    expect(audit).toHaveLength(2);
    expect(JSON.stringify(audit.map((event) => event.detail))).not.toContain("AGE-SECRET-KEY");
  });
});

test("of two first choices at once, without proof, one is taken", async () => {
  const tenant = await createTestTenant();
  const results = await Promise.allSettled(
    [FIRST, SECOND].map((passphrase) => setCurrentKey.execute(tenant.owner, { mode: "passphrase", passphrase })),
  );
  expect(results.map((result) => result.status).toSorted()).toEqual(["fulfilled", "rejected"]);
  expect(await withTenant(tenant.id, (db) => db.key.count({ where: { retiredAt: null } }))).toBe(1);
});
