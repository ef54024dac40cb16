import { clientOf, type DataRole, type Transaction } from "#lib/db/client.ts";

/** Why all tenants must be seen; each purpose is a login role with grants on just what it needs. */
export type AcrossPurpose = Exclude<DataRole, "app">;

/** The door for what must see all tenants: a transaction as that purpose's login role. Throwing rolls back. */
export async function acrossTenants<T>(purpose: AcrossPurpose, work: (db: Transaction) => Promise<T>): Promise<T> {
  return clientOf(purpose).$transaction(work, { timeout: 20_000, maxWait: 10_000 });
}

/** The same for a look at something: each statement is a transaction of its own, which spares the trips to begin and to end one. */
export function lookAcrossTenants(purpose: AcrossPurpose): Pick<Transaction, "$queryRaw"> {
  return clientOf(purpose);
}
