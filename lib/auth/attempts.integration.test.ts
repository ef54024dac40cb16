import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { beginAttempt } from "#lib/auth/attempts.ts";
import { signIn } from "#lib/auth/sign-in.ts";
import { requireProof } from "#lib/auth/step-up.ts";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { encryptHeader } from "#lib/crypto/recipients.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { TooManyRequestsError } from "#lib/errors.ts";
import { currentKey, recipientsOf } from "#lib/keys/current-key.ts";
import { setCurrentKey } from "#lib/keys/set-current-key.ts";
import { unlockFileKey } from "#lib/keys/unlock-file-key.ts";
import { createTestTenant, TEST_PASSWORD } from "#lib/tenants/tenant-fixture.ts";

const PASSPHRASE = "violet-hammer-orbit-lantern-squid";
const from = { address: null, userAgent: null };

let installation: TestInstallation;
beforeAll(async () => {
  installation = await createTestInstallation();
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

describe("guessing a login password", () => {
  test("thirty guesses at once are five, and then the right one has to wait as well", async () => {
    const { owner } = await createTestTenant();
    const guesses = Array.from({ length: 30 }, (_, index) => signIn({ email: owner.actor.email, password: `guess ${index}`, ...from }));
    const outcomes = await Promise.allSettled(guesses);
    expect(outcomes.filter(({ status }) => status === "fulfilled").length).toBeLessThanOrEqual(5);
    for (const outcome of outcomes) if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(TooManyRequestsError);
    await expect(signIn({ email: owner.actor.email, password: TEST_PASSWORD, ...from })).rejects.toBeInstanceOf(TooManyRequestsError);
    await expect(requireProof(owner, { password: TEST_PASSWORD })).rejects.toBeInstanceOf(TooManyRequestsError);
  });

  test("an address that nobody has rests after as many, so that resting tells nothing", async () => {
    const guess = () => signIn({ email: "nobody@example.com", password: "a guess", ...from });
    for (let count = 0; count < 5; count += 1) expect(await guess()).toBeNull();
    await expect(guess()).rejects.toThrow(/Too many wrong passwords for this account. Try again in \d+ seconds/);
  });

  test("what cannot be an address or a password is wrong, and nothing worse", async () => {
    const { owner } = await createTestTenant();
    expect(await signIn({ email: `${owner.actor.email}\0`, password: TEST_PASSWORD, ...from })).toBeNull();
    expect(await signIn({ email: owner.actor.email, password: "x".repeat(5_000_000), ...from })).toBeNull();
    expect(await signIn({ email: ` ${owner.actor.email.toUpperCase()}`, password: TEST_PASSWORD, ...from })).not.toBeNull();
  });

  test("an attempt that was never judged is not counted, and frees nobody from a rest", async () => {
    const { accountId } = (await createTestTenant()).owner.actor;
    for (let count = 0; count < 8; count += 1) await (await beginAttempt(accountId)).withdrawn();
    const never = await beginAttempt(accountId);
    for (let count = 0; count < 4; count += 1) await beginAttempt(accountId);
    await never.withdrawn();
    await expect(beginAttempt(accountId)).rejects.toBeInstanceOf(TooManyRequestsError);
  });
});

test("wrong passphrases are counted for the person, whatever backup they are tried on; the login goes on", async () => {
  const tenant = await createTestTenant();
  await setCurrentKey.execute(tenant.owner, { mode: "passphrase", passphrase: PASSPHRASE });
  const key = await withTenant(tenant.id, currentKey);
  const { header } = encryptHeader({ fileKey: Buffer.alloc(16, 7), recipients: recipientsOf(key) });
  const backup = { keyId: key.id, ageHeader: header };
  const guesses = await Promise.allSettled(Array.from({ length: 8 }, (_, index) => unlockFileKey(tenant.owner, backup, `guess ${index}`)));
  const refusals = guesses.map((guess) => (guess.status === "rejected" ? (guess.reason as { code: string }).code : "opened"));
  expect(new Set(refusals)).toEqual(new Set(["wrong-passphrase", "too-many-requests"]));
  for (let count = 0; count < 5; count += 1) await unlockFileKey(tenant.owner, backup, "a guess").catch(() => undefined);
  await expect(unlockFileKey(tenant.owner, backup, PASSPHRASE)).rejects.toThrow(/Too many wrong passphrases/);
  await requireProof(tenant.owner, { password: TEST_PASSWORD });

  const restorer = await tenant.addMember("restorer");
  expect(await unlockFileKey(restorer, backup, PASSPHRASE)).toEqual(Buffer.alloc(16, 7));
  const stranger = encryptHeader({ fileKey: Buffer.alloc(16, 7), recipients: [generateIdentity().recipient] }).header;
  await expect(unlockFileKey(restorer, { keyId: key.id, ageHeader: stranger }, PASSPHRASE)).rejects.toMatchObject({ code: "key-damaged" });
});

test("one tenant's passphrases do not fill the turns of all", async () => {
  const [first, second] = [await createTestTenant(), await createTestTenant()];
  for (const { owner } of [first, second]) await setCurrentKey.execute(owner, { mode: "passphrase", passphrase: PASSPHRASE });
  const unlock = async (tenant: typeof first, person: typeof first.owner) => {
    const key = await withTenant(tenant.id, currentKey);
    const { header } = encryptHeader({ fileKey: Buffer.alloc(16, 7), recipients: recipientsOf(key) });
    return unlockFileKey(person, { keyId: key.id, ageHeader: header }, PASSPHRASE);
  };
  const people = await Promise.all(Array.from({ length: 12 }, () => first.addMember("restorer")));
  const crowd = Promise.allSettled(people.map((person) => unlock(first, person)));
  expect(await unlock(second, second.owner)).toEqual(Buffer.alloc(16, 7));
  const codes = (await crowd).flatMap((each) => (each.status === "rejected" ? [(each.reason as { code: string }).code] : []));
  expect(codes.length).toBeGreaterThan(0);
  expect(new Set(codes)).toEqual(new Set(["too-many-requests"]));
});
