import { once } from "node:events";
import { closeClients } from "#lib/db/client.ts";
import { env } from "#lib/env.ts";
import { log } from "#lib/log.ts";
import { openJobWorker } from "#lib/queue/backend.ts";
import { closeBells } from "#lib/queue/enqueue.ts";
import type { ActiveWorker } from "#lib/queue/jobs.ts";
import { startAlarms } from "#worker/alarms.ts";
import { clockAgrees, lookAtClock, watchClock } from "#worker/clock-watch.ts";
import { startDispatcher } from "#worker/dispatcher.ts";
import { Drain } from "#worker/drain.ts";
import { handleJob } from "#worker/handlers.ts";
import { registerWorker } from "#worker/registration.ts";

/** The slot that is kept for restores. */
const RESTORES_AT_ONCE = 1;
/** Beside WORKER_CONCURRENCY: copies made after their run, and verifications, of which scheduled ones leave a place free. */
const UPKEEP_AT_ONCE = 3;
/** Webhooks; most of their time is waiting for somebody else's server. */
const NOTIFICATIONS_AT_ONCE = 8;
const MAIL_AT_ONCE = 4;

const stopSignals = ["SIGTERM", "SIGINT"] as const;

await work();

/** A worker from its start to its end. Anything unexpected ends the process; whoever started it starts another. */
async function work(): Promise<void> {
  const told = nextStop();
  const registration = await registerWorker();
  const { id, identity } = registration;
  const drain = new Drain();
  const worker: ActiveWorker = { id, identity, signal: drain.signal, lastSignal: drain.lastSignal };
  await lookAtClock(id);
  // A bell that was heard with a wrong clock is rung again for whoever has a right one.
  const handle = async (name: string, payload: unknown) => {
    if (clockAgrees()) await drain.carryOut(name, () => handleJob(name, payload, worker));
  };
  const queues = [
    openJobWorker("restores", RESTORES_AT_ONCE, handle),
    openJobWorker("runs", env().WORKER_CONCURRENCY - RESTORES_AT_ONCE, handle),
    openJobWorker("upkeep", UPKEEP_AT_ONCE, handle),
    openJobWorker("notifications", NOTIFICATIONS_AT_ONCE, handle),
    openJobWorker("mail", MAIL_AT_ONCE, handle),
  ];
  const rounds = [watchClock(id, queues), startDispatcher(), startAlarms()];
  log.info({ workerId: id, concurrency: env().WORKER_CONCURRENCY }, "The worker is ready");

  await told;
  log.info({ workerId: id }, "The worker drains");
  drain.begin(nextStop());
  await Promise.all([...rounds, ...queues].map((each) => each.close()));
  await registration.end();
  await closeBells();
  await closeClients();
  log.info({ workerId: id }, "The worker has ended");
  process.exit(0);
}

async function nextStop(): Promise<void> {
  await Promise.race(stopSignals.map((signal) => once(process, signal)));
}
