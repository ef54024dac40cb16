import { copyJob } from "#lib/copies/run-copy.ts";
import { mailJob } from "#lib/mail/run-mail.ts";
import { type ActiveWorker, type JobName, jobs } from "#lib/queue/jobs.ts";
import { executeRestoreJob, planRestoreJob } from "#lib/restores/run-restore.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";
import { verificationJob } from "#lib/verifications/run-verification.ts";
import { deliverWebhookJob } from "#lib/webhooks/deliver-webhook.ts";

/** Verifications of schedules that one process does at once; of one tenant, there is one at a time everywhere. */
const SCHEDULED_AT_ONCE = 2;

/** What each job does. Every one claims its row first, so that a bell rung twice does the work once. */
const handlers: Record<JobName, (payload: unknown, worker: ActiveWorker) => Promise<void>> = {
  run: (payload, worker) => runBackupJob({ ...jobs.run.payload.parse(payload), worker }),
  "restore.plan": (payload, worker) => planRestoreJob({ ...jobs["restore.plan"].payload.parse(payload), worker }),
  "restore.execute": (payload, worker) => executeRestoreJob({ ...jobs["restore.execute"].payload.parse(payload), worker }),
  copy: (payload, worker) => copyJob({ ...jobs.copy.payload.parse(payload), worker }),
  verify: (payload, worker) => verificationJob({ ...jobs.verify.payload.parse(payload), worker }),
  "verify.scheduled": (payload, worker) =>
    fewAtATime(() => verificationJob({ ...jobs["verify.scheduled"].payload.parse(payload), worker })),
  "webhook.deliver": (payload, worker) => deliverWebhookJob({ ...jobs["webhook.deliver"].payload.parse(payload), worker }),
  "mail.send": (payload, worker) => mailJob({ ...jobs["mail.send"].payload.parse(payload), worker }),
};

let scheduledUnderWay = 0;

/** What nobody waits for must not take every place of the queue: one more is left for later, when the dispatcher rings again. */
async function fewAtATime(work: () => Promise<void>): Promise<void> {
  if (scheduledUnderWay >= SCHEDULED_AT_ONCE) return;
  scheduledUnderWay += 1;
  try {
    await work();
  } finally {
    scheduledUnderWay -= 1;
  }
}

/** Does a job off the queue. Throws for one that this version does not know; its row is rung for again. */
export async function handleJob(name: string, payload: unknown, worker: ActiveWorker): Promise<void> {
  if (!isJobName(name)) throw new Error(`There is no job “${name}”.`);
  await handlers[name](payload, worker);
}

function isJobName(name: string): name is JobName {
  return Object.hasOwn(jobs, name);
}
