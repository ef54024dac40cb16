import { z } from "zod";

/**
 * The queues of a worker; restores have their own, so that a night full of backups cannot hold one up, and so have what looks after old backups, webhooks,
 * and mail, which receivers of webhooks that are slow cannot hold up.
 */
export const queueNames = ["runs", "restores", "upkeep", "notifications", "mail"] as const;
export type QueueName = (typeof queueNames)[number];

const restorePayload = z.strictObject({ tenantId: z.string(), restoreId: z.string() });
const verificationPayload = z.strictObject({ tenantId: z.string(), verificationId: z.string() });

/** Every kind of job: where it queues and what it carries. Payloads are ids: the rows are the truth, the queue only rings the bell. */
export const jobs = {
  run: { queue: "runs", payload: z.strictObject({ tenantId: z.string(), runId: z.string() }) },
  "restore.plan": { queue: "restores", payload: restorePayload },
  "restore.execute": { queue: "restores", payload: restorePayload },
  copy: { queue: "upkeep", payload: z.strictObject({ tenantId: z.string(), backupId: z.string(), destinationId: z.string() }) },
  verify: { queue: "upkeep", payload: verificationPayload },
  "verify.scheduled": { queue: "upkeep", payload: verificationPayload },
  "webhook.deliver": { queue: "notifications", payload: z.strictObject({ tenantId: z.string(), deliveryId: z.string() }) },
  "mail.send": { queue: "mail", payload: z.strictObject({ tenantId: z.string(), memberId: z.string() }) },
} as const satisfies Record<string, { queue: QueueName; payload: z.ZodType }>;

export type JobName = keyof typeof jobs;
export type JobPayload<Name extends JobName> = z.output<(typeof jobs)[Name]["payload"]>;

/** What does the work of a job: a running worker. */
export interface ActiveWorker {
  id: string;
  /** The age identity that this worker holds in memory only; file keys are handed over encrypted to its recipient. */
  identity: string;
  /** Aborts when the worker has to stop now: work is given back so that another attempt starts at once. */
  signal: AbortSignal;
  /** Aborts later than that, when not even what must not be left half done may go on. */
  lastSignal: AbortSignal;
}
