import { PrismaPg } from "@prisma/adapter-pg";
import { BeginningClient } from "#lib/db/begin.ts";
import { type LoginRole, loginUrl } from "#lib/db/login-roles.ts";
import { type Prisma, PrismaClient } from "#lib/db/generated/client.ts";
import { createStatementNames } from "#lib/db/statement-names.ts";
import { databaseServerUrl, masterKey } from "#lib/installation.ts";

/** A transaction as one of the login roles. */
export type Transaction = Prisma.TransactionClient;

export type { Prisma };

export type DataRole = Extract<LoginRole, "app" | "scheduler" | "identity" | "operator">;

const poolSizes: Record<DataRole, number> = { app: 16, scheduler: 4, identity: 8, operator: 2 };

/** Kept on globalThis, because a development server evaluates modules anew after every edit. */
const cache = globalThis as typeof globalThis & { holdfastClients?: Map<DataRole, PrismaClient> };

/** The one client of a login role. Only with-tenant.ts and across-tenants.ts may call this. */
export function clientOf(role: DataRole): PrismaClient {
  cache.holdfastClients ??= new Map();
  const known = cache.holdfastClients.get(role);
  if (known) return known;
  const connectionString = loginUrl(databaseServerUrl(), role, masterKey());
  const client = new PrismaClient({
    // In this format, lib/log.ts finds the values that the error of a malformed query repeats, and leaves them out.
    errorFormat: "minimal",
    adapter: new PrismaPg(
      { connectionString, max: poolSizes[role], application_name: `holdfast-${role}`, ...(role === "app" && { Client: BeginningClient }) },
      { statementNameGenerator: createStatementNames() },
    ),
  });
  cache.holdfastClients.set(role, client);
  return client;
}

/** Ends every connection, at shutdown and between tests. */
export async function closeClients(): Promise<void> {
  const clients = [...(cache.holdfastClients?.values() ?? [])];
  cache.holdfastClients?.clear();
  await Promise.all(clients.map((client) => client.$disconnect()));
}
