import type { z } from "zod";
import { openSession, type SessionClaim } from "#lib/auth/sessions.ts";
import { hashToken } from "#lib/auth/tokens.ts";
import type { Transaction } from "#lib/db/client.ts";
import { NotFoundError } from "#lib/errors.ts";
import type { setUpInput } from "#lib/members/schemas.ts";
import { createTenant } from "#lib/tenants/create-tenant.ts";
import { finishTenant } from "#lib/tenants/finish-tenant.ts";

/** Makes the first owner and tenant by the one-time link that the first start printed, and signs the owner in. */
export async function setUp(
  input: z.output<typeof setUpInput>,
  from: { address: string | null; userAgent: string | null },
): Promise<{ accountId: string; claim: SessionClaim; tenantSlug: string }> {
  const { token, email, name, password, tenantName } = input;
  const slug = slugOf(tenantName);
  const made = await createTenant({ slug, tenantName, email, name, password }, (db) => useUp(db, token));
  await finishTenant(made.tenantId);
  return { accountId: made.accountId, claim: await openSession(made.accountId, from), tenantSlug: slug };
}

async function useUp(db: Transaction, token: string): Promise<void> {
  const { count } = await db.setupLink.updateMany({
    where: { tokenHash: hashToken(token), usedAt: null, expiresAt: { gt: new Date() } },
    data: { usedAt: new Date() },
  });
  if (count === 0) throw new NotFoundError("unused set-up link");
}

/** The part of a URL that names the tenant: small letters, digits and hyphens of the name, or "tenant" when none are left. */
function slugOf(name: string): string {
  const slug = name
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 40)
    .replace(/^-+|-+$/g, "");
  return slug === "" ? "tenant" : slug;
}
