import { vi } from "vitest";

/**
 * For every file of integration tests: what they put under a passphrase asks for less work of scrypt than real keys do, of which one keeps a core
 * busy for a second. It is the same code with another number. Real ones are made in the journeys, and in lib/crypto/age.integration.test.ts.
 */
vi.mock(import("#lib/crypto/passphrase.ts"), async (importOriginal) => {
  const real = await importOriginal();
  const protectIdentity: typeof real.protectIdentity = (identity, recipient, passphrase, options) =>
    real.protectIdentity(identity, recipient, passphrase, { workFactor: 10, ...options });
  return { ...real, protectIdentity };
});
