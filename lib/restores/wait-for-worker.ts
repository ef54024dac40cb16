import type { Transaction } from "#lib/db/client.ts";
import { env } from "#lib/env.ts";

/** Lets a restore wait for a worker, from now until the file key that is handed over dies, by the database's clock; then the reaper gives it up. */
export async function waitForWorker(db: Transaction, restoreId: string): Promise<void> {
  await db.$executeRaw`
    UPDATE restores SET waits_until = clock_timestamp() + make_interval(secs => ${env().HOLDFAST_GRANT_SECONDS}::float8) WHERE id = ${restoreId}`;
}
