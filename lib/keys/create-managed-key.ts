import { generateIdentity } from "#lib/crypto/identity.ts";
import { fingerprintOf } from "#lib/crypto/keyring.ts";
import type { Transaction } from "#lib/db/client.ts";
import { newId } from "#lib/ids.ts";
import { newChallenge } from "#lib/keys/challenge.ts";
import type { KeyRow } from "#lib/keys/current-key.ts";
import { openForTenant, sealForTenant } from "#lib/tenants/data-key.ts";
import { tenantSigner } from "#lib/tenants/signing-key.ts";

/** Makes the tenant's first key, or a later one of the same kind: its identity lies sealed under the tenant's data key. */
export async function createManagedKey(
  db: Transaction,
  options: { hint?: string | null; recoveryRecipients?: string[] } = {},
): Promise<KeyRow> {
  const { identity, recipient } = generateIdentity();
  const id = newId("key");
  return db.key.create({
    data: {
      id,
      mode: "managed",
      fingerprint: fingerprintOf(recipient),
      recipient,
      sealedIdentity: await sealManagedIdentity(db, id, identity),
      signingPublicKey: (await tenantSigner(db)).publicKey,
      ...(await newChallenge(recipient)),
      hint: options.hint ?? null,
      recoveryRecipients: options.recoveryRecipients ?? [],
    },
  });
}

/** An identity as a managed key's row holds it: sealed under the tenant's data key. */
export async function sealManagedIdentity(db: Transaction, keyId: string, identity: string): Promise<string> {
  return sealForTenant(db, identity, associatedData(keyId));
}

/** The identity (`AGE-SECRET-KEY-1…`) of a managed key. Throws CryptoError "sealed" when it was sealed under another data key. */
export async function openManagedIdentity(db: Transaction, key: Pick<KeyRow, "id" | "sealedIdentity">): Promise<string> {
  if (key.sealedIdentity === null) throw new Error(`The key ${key.id} is not a managed one.`);
  return openForTenant(db, key.sealedIdentity, associatedData(key.id));
}

function associatedData(keyId: string): string {
  return `${keyId}:identity`;
}
