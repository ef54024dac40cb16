import { hashPassword } from "#lib/auth/passwords.ts";
import { generateDataKey, wrapDataKey } from "#lib/crypto/data-key.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { appendAudit } from "#lib/db/audit.ts";
import type { Transaction } from "#lib/db/client.ts";
import { newId } from "#lib/ids.ts";
import { masterKey } from "#lib/installation.ts";

export interface NewTenant {
  slug: string;
  tenantName: string;
  email: string;
  name: string;
  password: string;
}

/**
 * Makes a tenant with its data key, its owner's account and membership, and the first audit entry, in one transaction.
 * `before` runs first inside it (using up a one-time link). `finishTenant` gives it what it starts with.
 */
export async function createTenant(
  wanted: NewTenant,
  before: (db: Transaction) => Promise<void> = () => Promise.resolve(),
): Promise<{ tenantId: string; accountId: string }> {
  const passwordHash = await hashPassword(wanted.password);
  const [tenantId, accountId, memberId] = [newId("tenant"), newId("account"), newId("member")];
  await acrossTenants("identity", async (db) => {
    await before(db);
    const wrappedDataKey = wrapDataKey(masterKey(), generateDataKey(), tenantId);
    await db.tenant.createMany({ data: [{ id: tenantId, slug: wanted.slug, name: wanted.tenantName, wrappedDataKey }] });
    await db.account.create({ data: { id: accountId, email: wanted.email.toLowerCase(), name: wanted.name } });
    await db.credential.create({ data: { accountId, passwordHash, managingTenantId: tenantId } });
    await db.member.createMany({ data: [{ tenantId, id: memberId, accountId, role: "owner" }] });
    const actor = { kind: "operator" as const, id: null, label: "first start", address: null };
    await appendAudit(db, tenantId, actor, {
      action: "tenant.created",
      subjectKind: "tenant",
      subjectId: tenantId,
      subjectLabel: wanted.tenantName,
    });
  });
  return { tenantId, accountId };
}
