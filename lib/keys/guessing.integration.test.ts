import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { beginPassphraseAttempt } from "#lib/auth/passphrase-attempts.ts";
import { openChallenge } from "#lib/crypto/challenge.ts";
import { protectIdentity, unprotectIdentity } from "#lib/crypto/passphrase.ts";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { fingerprintOf } from "#lib/crypto/keyring.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { adoptKey } from "#lib/keys/adopt-key.ts";
import { proveKey } from "#lib/keys/prove-key.ts";
import { createTestTenant, TEST_PASSWORD, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

const VICTIMS = "violet-hammer-orbit-lantern-squid";
const OWN = "velvet-anchor-pigeon-copper-tunnel";
const THIRTY = 30;

type ProtectedKey = Record<"recipient" | "fingerprint" | "protectedIdentity", string>;

let installation: TestInstallation;
let victims: ProtectedKey;
let own: ProtectedKey;
let tenant: TestTenant;
let victim: string;
let mine: string;
beforeAll(async () => {
  installation = await createTestInstallation();
  victims = await keyUnder(VICTIMS);
  own = await keyUnder(OWN);
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});
beforeEach(async () => {
  tenant = await createTestTenant();
  victim = await stored(victims, "rebuilt");
  mine = await stored(own, "made");
});

const locked = { code: "too-many-requests" };
const guess = () => proveKey.execute(tenant.owner, { id: victim, passphrase: "a guess" });
const guessFourTimes = async () => {
  for (let count = 0; count < 4; count += 1) await expect(guess()).rejects.toMatchObject({ code: "wrong-passphrase" });
};

/** Of less work than real ones: many are opened. */
async function keyUnder(passphrase: string): Promise<ProtectedKey> {
  const { identity, recipient } = generateIdentity();
  const protectedIdentity = (await protectIdentity(identity, recipient, passphrase, { workFactor: 10 })).toString();
  return { protectedIdentity, recipient, fingerprint: fingerprintOf(recipient) };
}

async function stored({ fingerprint, protectedIdentity, recipient }: ProtectedKey, origin: string): Promise<string> {
  const id = newId("key");
  const row = { id, mode: "passphrase", fingerprint, protectedIdentity, recipient, origin, retiredAt: new Date() };
  await withTenant(tenant.id, (db) => db.key.createMany({ data: [row] }));
  return id;
}

async function answerChallengeOfMine(): Promise<void> {
  await proveKey.execute(tenant.owner, { id: mine, passphrase: OWN });
  const { challenge } = await withTenant(tenant.id, (db) => db.key.findUniqueOrThrow({ where: { id: mine } }));
  const answer = await openChallenge(challenge ?? "", await unprotectIdentity(Buffer.from(own.protectedIdentity), OWN));
  await proveKey.execute(tenant.owner, { id: mine, answer });
}

async function bringAnotherFile(): Promise<void> {
  const { protectedIdentity: keyFile } = await keyUnder(OWN);
  await expect(adoptKey.execute(tenant.owner, { id: victim, keyFile, passphrase: OWN, password: TEST_PASSWORD })).rejects.toBeInstanceOf(
    Error,
  );
}

describe("guesses at one key are not forgotten by", () => {
  test.each([
    ["opening one's own", () => proveKey.execute(tenant.owner, { id: mine, passphrase: OWN })],
    ["answering the challenge of one's own", answerChallengeOfMine],
    ["bringing a file of one's own for it", bringAnotherFile],
  ])("%s", async (_what, forget) => {
    await guessFourTimes();
    await forget();
    await guess().catch(() => undefined);
    await expect(guess()).rejects.toMatchObject(locked);
    await proveKey.execute(tenant.owner, { id: mine, passphrase: OWN });
  });
});

test("the right passphrase of a key begins its count anew", async () => {
  await guessFourTimes();
  await proveKey.execute(tenant.owner, { id: victim, passphrase: VICTIMS });
  await guessFourTimes();
});

test("thirty wrong ones in an hour are all that an account has, however many keys it tries; only time ends that", async () => {
  const { accountId } = tenant.owner.actor;
  for (let count = 0; count < THIRTY - 1; count += 1) await beginPassphraseAttempt(accountId, `key_${count}`);
  for (let count = 0; count < 3; count += 1) await (await beginPassphraseAttempt(accountId, mine)).succeeded();
  await (await beginPassphraseAttempt(accountId, mine)).withdrawn();
  await beginPassphraseAttempt(accountId, "key_last");
  await expect(beginPassphraseAttempt(accountId, mine)).rejects.toMatchObject(locked);
  const passphrasesCountedUntil = new Date(Date.now() - 1);
  await acrossTenants("identity", (db) => db.credential.updateMany({ where: { accountId }, data: { passphrasesCountedUntil } }));
  await (await beginPassphraseAttempt(accountId, mine)).succeeded();
});

test("one that was withdrawn frees no key from a rest", async () => {
  const { accountId } = tenant.owner.actor;
  const never = await beginPassphraseAttempt(accountId, victim);
  for (let count = 0; count < 4; count += 1) await beginPassphraseAttempt(accountId, victim);
  await never.withdrawn();
  await expect(beginPassphraseAttempt(accountId, victim)).rejects.toMatchObject(locked);
});
