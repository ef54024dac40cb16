import { newToken } from "#lib/auth/tokens.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { env } from "#lib/env.ts";
import { newId } from "#lib/ids.ts";
import { createTenant } from "#lib/tenants/create-tenant.ts";
import { finishTenant } from "#lib/tenants/finish-tenant.ts";

const SETUP_LINK_HOURS = 24;

/**
 * Makes the first owner and tenant, once: from the environment, or by a one-time link that is returned to be printed.
 * With a tenant present it only completes one whose making was interrupted.
 */
export async function ensureFirstOwner(): Promise<{ setupUrl: string | null }> {
  const newest = await acrossTenants("identity", (db) => db.tenant.findFirst({ orderBy: { createdAt: "desc" }, select: { id: true } }));
  if (newest) {
    await finishTenant(newest.id);
    return { setupUrl: null };
  }
  const { HOLDFAST_OWNER_EMAIL: email, HOLDFAST_OWNER_PASSWORD: password, HOLDFAST_TENANT: slug } = env();
  if (!email || !password || !slug) return { setupUrl: await newSetupUrl() };
  const { tenantId } = await createTenant({ slug, tenantName: slug, email, name: email.split("@")[0] ?? email, password });
  await finishTenant(tenantId);
  return { setupUrl: null };
}

/** A fresh link; older unused ones stop working. The secret stands behind "#", which browsers send to no server. */
async function newSetupUrl(): Promise<string> {
  const { token, tokenHash } = newToken();
  await acrossTenants("identity", async (db) => {
    await db.setupLink.updateMany({ where: { usedAt: null }, data: { usedAt: new Date() } });
    await db.setupLink.create({ data: { id: newId("setup"), tokenHash, expiresAt: new Date(Date.now() + SETUP_LINK_HOURS * 3_600_000) } });
  });
  return `${env().HOLDFAST_URL}/setup#${token}`;
}
