import { beginForTenant, beginWith } from "#lib/db/begin.ts";
import { clientOf, type Transaction } from "#lib/db/client.ts";

const LONGEST_TRANSACTION_MS = 20_000;
const LONGEST_WAIT_FOR_CONNECTION_MS = 10_000;

/**
 * The door to one tenant's data: a transaction in which row-level security shows that tenant and nothing else.
 * Keep it short and never stream inside it. Throwing rolls everything back. "RepeatableRead" makes all its reads one snapshot.
 */
export async function withTenant<T>(
  tenantId: string,
  work: (db: Transaction) => Promise<T>,
  { isolationLevel }: { isolationLevel?: "RepeatableRead" } = {},
): Promise<T> {
  return beginWith(beginForTenant(tenantId, isolationLevel), () =>
    clientOf("app").$transaction(work, { timeout: LONGEST_TRANSACTION_MS, maxWait: LONGEST_WAIT_FOR_CONNECTION_MS }),
  );
}
