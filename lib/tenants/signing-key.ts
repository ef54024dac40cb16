import { generateSigningKey, signMessage } from "#lib/crypto/signature.ts";
import type { Transaction } from "#lib/db/client.ts";
import { openWithRow, sealForTenant } from "#lib/tenants/data-key.ts";

/** Signs as one tenant. `publicKey` is the raw Ed25519 key in base64. */
export interface Signer {
  publicKey: string;
  /** Gives the signature in base64. */
  sign(message: Buffer): string;
}

const ASSOCIATED_DATA = "tenant:signing-key";

/** What signs the present tenant's descriptions. The key is made when it is first needed, and stays. */
export async function tenantSigner(db: Transaction): Promise<Signer> {
  const found = await readSigner(db);
  if (found) return found;
  await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('signing-key:' || current_tenant(), 0))`;
  const meanwhile = await readSigner(db);
  if (meanwhile) return meanwhile;
  const { seed, publicKey } = generateSigningKey();
  const sealedSigningKey = await sealForTenant(db, seed.toString("base64"), ASSOCIATED_DATA);
  await db.tenant.updateMany({ data: { signingPublicKey: publicKey, sealedSigningKey } });
  return signerOf(publicKey, seed);
}

async function readSigner(db: Transaction): Promise<Signer | null> {
  const tenant = await db.tenant.findFirstOrThrow({
    select: { id: true, wrappedDataKey: true, signingPublicKey: true, sealedSigningKey: true },
  });
  const { signingPublicKey, sealedSigningKey } = tenant;
  if (signingPublicKey === null || sealedSigningKey === null) return null;
  return signerOf(signingPublicKey, Buffer.from(openWithRow(tenant, sealedSigningKey, ASSOCIATED_DATA), "base64"));
}

function signerOf(publicKey: string, seed: Buffer): Signer {
  return { publicKey, sign: (message) => signMessage(seed, message) };
}
