import { type Described, secretFieldsOf } from "#lib/connectors/fields.ts";
import { unwrapDataKey } from "#lib/crypto/data-key.ts";
import { open, seal } from "#lib/crypto/sealed.ts";
import type { Transaction } from "#lib/db/client.ts";
import { masterKey } from "#lib/installation.ts";

/** A tenant with its data key, as the key is stored. */
interface KeyedTenant {
  id: string;
  wrappedDataKey: string;
}

/** The present tenant's data key, unwrapped. Stays in memory for the caller's work only. */
async function tenantDataKey(db: Transaction): Promise<Buffer> {
  return dataKeyOf(await db.tenant.findFirstOrThrow({ select: { id: true, wrappedDataKey: true } }));
}

function dataKeyOf(tenant: KeyedTenant): Buffer {
  return unwrapDataKey(masterKey(), tenant.wrappedDataKey, tenant.id);
}

/**
 * Seals a secret of the present tenant.
 * @param associatedData what the secret belongs to ("sys_…:secrets"): sealed text moved elsewhere does not open
 */
export async function sealForTenant(db: Transaction, plaintext: string, associatedData: string): Promise<string> {
  return seal(await tenantDataKey(db), plaintext, associatedData);
}

/** Opens what sealForTenant made, or throws CryptoError "sealed". */
export async function openForTenant(db: Transaction, sealed: string, associatedData: string): Promise<string> {
  return open(await tenantDataKey(db), sealed, associatedData).toString("utf8");
}

/** The same for whoever has read the present tenant's row. */
export function openWithRow(tenant: KeyedTenant, sealed: string, associatedData: string): string {
  return open(dataKeyOf(tenant), sealed, associatedData).toString("utf8");
}

/** Seals the secret fields of a system's or destination's configuration; null when it has none. */
export async function sealSecrets(db: Transaction, ownerId: string, secrets: Record<string, string>): Promise<string | null> {
  return Object.keys(secrets).length === 0 ? null : sealForTenant(db, JSON.stringify(secrets), `${ownerId}:secrets`);
}

/** The secret fields of a system's or destination's configuration, by field name. */
export async function openSecrets(db: Transaction, owner: { id: string; sealedSecrets: string | null }): Promise<Record<string, string>> {
  if (!owner.sealedSecrets) return {};
  return JSON.parse(await openForTenant(db, owner.sealedSecrets, `${owner.id}:secrets`)) as Record<string, string>;
}

/** Which secret fields of a system's or destination's connector are stored: names only, for forms. None for a connector that is not installed. */
export async function storedSecretsOf(
  db: Transaction,
  connector: Described | undefined,
  owner: { id: string; sealedSecrets: string | null },
): Promise<string[]> {
  if (!connector || !owner.sealedSecrets) return [];
  const secrets = await openSecrets(db, owner);
  return secretFieldsOf(connector).filter((name) => secrets[name] !== undefined);
}
