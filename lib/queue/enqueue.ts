import { log } from "#lib/log.ts";
import { type JobQueue, openQueue } from "#lib/queue/backend.ts";
import { type JobName, type JobPayload, jobs, type QueueName, queueNames } from "#lib/queue/jobs.ts";

export interface Bell<Name extends JobName = JobName> {
  name: Name;
  payload: JobPayload<Name>;
  /** The row that is to be looked at. */
  rowId: string;
  /** The attempt that would begin: each has its own job, as a dead one's may still lie in the queue. */
  attempt: number;
}

/**
 * Asks some worker to look at rows. Ringing twice for the same attempt is once. A queue that does not answer is logged and
 * harmless: the dispatcher rings again for every row that still waits.
 */
export async function ringBells(bells: readonly Bell[]): Promise<void> {
  for (const name of queueNames) {
    const rung = bells.filter((bell) => jobs[bell.name].queue === name);
    if (rung.length === 0) continue;
    try {
      await queueOf(name).add(rung.map((bell) => ({ name: bell.name, payload: bell.payload, id: `${bell.rowId}-${bell.attempt}` })));
    } catch (error) {
      log.warn({ err: error, queue: name, jobs: rung.length }, "Could not ring for waiting work; it is tried again");
    }
  }
}

/** Closes the sending side of all queues. */
export async function closeBells(): Promise<void> {
  const closing = [...open.values()];
  open.clear();
  await Promise.all(closing.map((queue) => queue.close()));
}

const open = new Map<QueueName, JobQueue>();

function queueOf(name: QueueName): JobQueue {
  const known = open.get(name);
  if (known) return known;
  const queue = openQueue(name);
  open.set(name, queue);
  return queue;
}
