import { setTimeout as delay } from "node:timers/promises";
import { log } from "#lib/log.ts";
import { type JobQueue, openQueue } from "#lib/queue/backend.ts";
import { type JobName, type JobPayload, jobs, type QueueName, queueNames } from "#lib/queue/jobs.ts";

const LONGEST_RING_MS = 5000;

export interface Bell<Name extends JobName = JobName> {
  name: Name;
  payload: JobPayload<Name>;
  /** The row that is to be looked at. */
  rowId: string;
  /** The attempt that would begin: each has its own job, as a dead one's may still lie in the queue. */
  attempt: number;
  /** Among those that wait in the queue: absent goes first, then from small to large. */
  priority?: number;
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
      await inTime(
        queueOf(name).add(
          rung.map((bell) => ({
            name: bell.name,
            payload: bell.payload,
            id: `${bell.rowId}-${bell.attempt}`,
            ...(bell.priority === undefined ? {} : { priority: bell.priority }),
          })),
        ),
      );
    } catch (error) {
      log.warn({ err: error, queue: name, jobs: rung.length }, "Could not ring for waiting work; it is tried again");
    }
  }
}

/** A queue that is away would otherwise hold up who rings until it is back. */
async function inTime(ringing: Promise<void>): Promise<void> {
  const timer = new AbortController();
  const late = delay(LONGEST_RING_MS, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`The queue did not answer within ${LONGEST_RING_MS} ms.`);
  });
  late.catch(() => undefined);
  await Promise.race([ringing, late]).finally(() => timer.abort());
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
