import { generateIdentity } from "#lib/crypto/identity.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { env } from "#lib/env.ts";
import { newId } from "#lib/ids.ts";
import { log } from "#lib/log.ts";

export interface Registration {
  id: string;
  /** Held in memory only: what is encrypted to this worker is lost with it. */
  identity: string;
  end(): Promise<void>;
}

/** Makes this process known as a worker, and keeps saying that it lives. */
export async function registerWorker(): Promise<Registration> {
  const id = newId("worker");
  const { identity, recipient } = generateIdentity();
  await acrossTenants("scheduler", (db) => db.worker.createMany({ data: [{ id, recipient }] }));
  const timer = setInterval(() => void beat(id, recipient), env().HOLDFAST_HEARTBEAT_SECONDS * 1000);
  return {
    id,
    identity,
    async end() {
      clearInterval(timer);
      await acrossTenants("scheduler", (db) => db.worker.deleteMany({ where: { id } }));
    },
  };
}

/** A worker that was taken for dead while its machine slept makes itself known again. */
async function beat(id: string, recipient: string): Promise<void> {
  try {
    await acrossTenants("scheduler", async (db) => {
      const count = await db.$executeRaw`UPDATE workers SET heartbeat_at = clock_timestamp() WHERE id = ${id}`;
      if (count === 0) await db.worker.createMany({ data: [{ id, recipient }], skipDuplicates: true });
    });
  } catch (error) {
    log.warn({ err: error, workerId: id }, "The worker could not say that it lives");
  }
}
