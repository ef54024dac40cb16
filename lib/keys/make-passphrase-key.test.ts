import { beforeEach, expect, test, vi } from "vitest";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { openKeyFile, type protectIdentity } from "#lib/crypto/passphrase.ts";
import { generateSigningKey } from "#lib/crypto/signature.ts";
import { protectAndProve } from "#lib/keys/make-passphrase-key.ts";

type Protect = typeof protectIdentity;

/** What the writing of key files does wrong. Nothing does so today: this is for the day on which a library or a machine does. */
const faults = vi.hoisted(() => ({ write: null as null | ((protect: Protect, ...given: Parameters<Protect>) => ReturnType<Protect>) }));

vi.mock(import("#lib/crypto/passphrase.ts"), async (importOriginal) => {
  const real = await importOriginal();
  const light: Protect = (identity, recipient, passphrase, options) =>
    real.protectIdentity(identity, recipient, passphrase, { workFactor: 10, ...options });
  return { ...real, protectIdentity: (...given) => (faults.write ? faults.write(light, ...given) : light(...given)) };
});

const PASSPHRASE = "violet-hammer-orbit-lantern-squid";
const key = { ...generateIdentity(), signingKey: generateSigningKey().publicKey };
const other = { ...generateIdentity(), signingKey: generateSigningKey().publicKey };

beforeEach(() => (faults.write = null));

test("a key file that opens to its key is given out", async () => {
  const file = Buffer.from(await protectAndProve(key, PASSPHRASE));
  expect(await openKeyFile(file, PASSPHRASE)).toEqual({ identity: key.identity, signingKey: key.signingKey });
});

test.each<[string, NonNullable<typeof faults.write>, string]>([
  ["another passphrase opens", (protect, one, recipient, _passphrase, more) => protect(one, recipient, "another", more), "passphrase"],
  ["holds another identity", (protect, _one, _recipient, ...more) => protect(other.identity, other.recipient, ...more), "its own key"],
  [
    "names another signing key",
    (protect, one, recipient, passphrase, more) => protect(one, recipient, passphrase, { ...more, signingKey: other.signingKey }),
    "its own key",
  ],
  ["is cut short", async (protect, ...given) => (await protect(...given)).subarray(0, -60), "damaged"],
])("a key file that %s is not, so that nothing is ever encrypted to it", async (_what, write, sentence) => {
  faults.write = write;
  await expect(protectAndProve(key, PASSPHRASE)).rejects.toThrow(sentence);
});
