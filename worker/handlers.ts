import { type ActiveWorker, type JobName, jobs } from "#lib/queue/jobs.ts";
import { executeRestoreJob, planRestoreJob } from "#lib/restores/run-restore.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";

/** What each job does. Every one claims its row first, so that a bell rung twice does the work once. */
const handlers: Record<JobName, (payload: unknown, worker: ActiveWorker) => Promise<void>> = {
  run: (payload, worker) => runBackupJob({ ...jobs.run.payload.parse(payload), worker }),
  "restore.plan": (payload, worker) => planRestoreJob({ ...jobs["restore.plan"].payload.parse(payload), worker }),
  "restore.execute": (payload, worker) => executeRestoreJob({ ...jobs["restore.execute"].payload.parse(payload), worker }),
};

/** Does a job off the queue. Throws for one that this version does not know; its row is rung for again. */
export async function handleJob(name: string, payload: unknown, worker: ActiveWorker): Promise<void> {
  if (!isJobName(name)) throw new Error(`There is no job “${name}”.`);
  await handlers[name](payload, worker);
}

function isJobName(name: string): name is JobName {
  return Object.hasOwn(jobs, name);
}
