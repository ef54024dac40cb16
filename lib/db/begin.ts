import { AsyncLocalStorage } from "node:async_hooks";
import pg from "pg";

/** Kept on globalThis, as the clients are: a built server evaluates this module twice, for its pages and for instrumentation.ts, and both use the same clients. */
const holder = globalThis as typeof globalThis & { holdfastBeginning?: AsyncLocalStorage<string> };
/** How the transaction that is about to begin in this asynchronous context begins. */
const beginning = (holder.holdfastBeginning ??= new AsyncLocalStorage<string>());

/** An id is letters, digits and one "_"; what is none names no tenant. */
const TENANT_ID = /^[a-z0-9_]{1,64}$/i;

/** The statements that begin a tenant's transaction, to be sent as one. The tenant's name ends with the transaction. */
export function beginForTenant(tenantId: string, isolationLevel?: "RepeatableRead"): string {
  if (!TENANT_ID.test(tenantId)) throw new Error("This is not the id of a tenant.");
  const begin = isolationLevel === undefined ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ";
  return `${begin}; SELECT set_config('app.tenant_id', ${pg.escapeLiteral(tenantId)}, true)`;
}

/** Lets the transaction that `start` begins begin with these statements. */
export function beginWith<T>(statements: string, start: () => Promise<T>): Promise<T> {
  return beginning.run(statements, start);
}

/**
 * A connection of which each transaction begins with what beginWith was given: Prisma knows nothing but "BEGIN", and a trip of its own for the tenant's name
 * is a seventh of what a small transaction costs. Where nothing was given, a transaction names no tenant, and sees and changes nothing.
 */
export class BeginningClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    const send = this.query.bind(this) as (...args: unknown[]) => unknown;
    Object.assign(this, { query: (query: unknown, ...rest: unknown[]) => send(begun(query), ...rest) });
  }
}

function begun(query: unknown): unknown {
  const text = beginning.getStore();
  if (text === undefined || typeof query !== "object" || query === null) return query;
  return "text" in query && query.text === "BEGIN" ? { ...query, text } : query;
}
