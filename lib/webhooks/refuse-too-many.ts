import type { Transaction } from "#lib/db/client.ts";
import { ConflictError } from "#lib/errors.ts";

/** Each event makes a delivery for each. */
const MOST_WEBHOOKS = 50;

/** Throws ConflictError when the tenant has as many webhooks as it may have; until the transaction ends, nobody else adds one. */
export async function refuseTooManyWebhooks(db: Transaction, tenantId: string): Promise<void> {
  await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`webhooks:${tenantId}`}, 0))`;
  if ((await db.webhook.count({ where: { deletedAt: null } })) < MOST_WEBHOOKS) return;
  throw new ConflictError(`A tenant has at most ${MOST_WEBHOOKS} webhooks. Delete one that is no longer needed.`, "too-many-webhooks");
}
