import { createPostgresBackend, Queue, Worker, withBackend } from "bullmq";
import { loginUrl } from "#lib/db/login-roles.ts";
import { env } from "#lib/env.ts";
import { databaseServerUrl, masterKey } from "#lib/installation.ts";
import { log } from "#lib/log.ts";
import type { QueueName } from "#lib/queue/jobs.ts";

/** The PostgreSQL schema that holds the queue; the role `queue` owns it. */
const QUEUE_SCHEMA = "bullmq";

/** Beginning of the queue's names in Redis. */
const REDIS_PREFIX = "holdfast";
/** Of each queue's sending and taking side, for short commands. */
const QUEUE_CONNECTIONS = 3;

export interface QueuedJob {
  name: string;
  /** Ids only: the queue keeps them in clear. */
  payload: unknown;
  /** A queue ignores an id that it still holds. */
  id: string;
  /** Absent goes first, then from small to large. */
  priority?: number;
}

export interface JobQueue {
  add(jobs: readonly QueuedJob[]): Promise<void>;
  close(): Promise<void>;
}

export interface JobWorker {
  /** Takes no new job until told to go on; what is under way goes on. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Takes no new job and resolves once those under way have ended. */
  close(): Promise<void>;
}

/** Opens the sending side of a queue, in PostgreSQL or, with REDIS_URL, in Redis. */
export function openQueue(name: QueueName): JobQueue {
  const queue = env().REDIS_URL
    ? new Queue(name, { connection: redisConnection(), prefix: REDIS_PREFIX })
    : new PostgresQueue(name, { connection: postgresConnection() });
  queue.on("error", (error) => log.warn({ err: error, queue: name }, "The queue does not answer"));
  // A job is worth nothing once it ended: its row tells what became of it.
  const opts = { attempts: 1, removeOnComplete: true, removeOnFail: true };
  return {
    async add(jobs) {
      await queue.addBulk(
        jobs.map((job) => ({ name: job.name, data: job.payload, opts: { ...opts, jobId: job.id, priority: job.priority ?? 0 } })),
      );
    },
    close: () => queue.close(),
  };
}

/** Starts to take jobs off a queue, `concurrency` at a time. What `handle` throws ends that job and is logged. */
export function openJobWorker(
  name: QueueName,
  concurrency: number,
  handle: (jobName: string, payload: unknown) => Promise<void>,
): JobWorker {
  const lockDuration = Math.max(1000, env().HOLDFAST_LEASE_SECONDS * 1000);
  const options = { concurrency, lockDuration, stalledInterval: lockDuration, maxStalledCount: 10 };
  const process = async (job: { name: string; data: unknown }) => handle(job.name, job.data);
  const worker = env().REDIS_URL
    ? new Worker(name, process, { ...options, connection: redisConnection(), prefix: REDIS_PREFIX })
    : new PostgresWorker(name, process, { ...options, connection: postgresConnection() });
  worker.on("error", (error) => log.warn({ err: error, queue: name }, "The queue does not answer"));
  worker.on("failed", (job, error) => log.error({ err: error, queue: name, jobId: job?.id }, "A job ended with an error"));
  return {
    pause: () => worker.pause(true),
    resume: () => worker.resume(),
    close: () => worker.close(),
  };
}

const { Queue: PostgresQueue, Worker: PostgresWorker } = withBackend(createPostgresBackend);

/** As the role `queue`; BullMQ adds the schema to the search path and listens on one more connection. */
function postgresConnection() {
  const connectionString = loginUrl(databaseServerUrl(), "queue", masterKey());
  return { connectionString, schema: QUEUE_SCHEMA, max: QUEUE_CONNECTIONS };
}

function redisConnection(): { url: string; maxRetriesPerRequest: null } {
  return { url: env().REDIS_URL ?? "", maxRetriesPerRequest: null };
}
