import type { EventData, EventName } from "#lib/events/event-types.ts";
import type { Names } from "#lib/events/told.ts";

/** An event as it might happen, for the documents. */
interface Example<Name extends EventName> {
  subjectKind: string | null;
  subjectId: string | null;
  data: EventData<Name>;
  names: Names;
}

const run = {
  runId: "run_01kb8x3m4peq2v1nqw2t5d6f7g",
  systemId: "sys_01kb8x3m4peq2v1nqw2t5d6f7h",
  policyId: "pol_01kb8x3m4peq2v1nqw2t5d6f7j",
  trigger: "schedule",
};
const { systemId } = run;
const backupId = "bak_01kb8x3m4peq2v1nqw2t5d6f7k";
const restore = { restoreId: "rst_01kb8x3m4peq2v1nqw2t5d6f7m", backupId, systemId };
const keyId = "key_01kb8x3m4peq2v1nqw2t5d6f7n";
const memberId = "mem_01kb8x3m4peq2v1nqw2t5d6f7p";
const webhookId = "whk_01kb8x3m4peq2v1nqw2t5d6f7q";
const failure = {
  message: "The bucket answered 403: this key may not write to `acme-backups/holdfast/`.",
  mend: "Add the policy of the destination’s page to the IAM user, then retry the run.",
};
const names: Names = {
  tenant: { slug: "acme", name: "Acme" },
  systems: new Map([[systemId, "Core switch"]]),
  policies: new Map([[run.policyId, "Every night"]]),
  backups: new Map([[backupId, "2026-11-21T01:00:05.118Z"]]),
  keys: new Map([[keyId, "7F3A 90C2"]]),
  channels: new Map([[webhookId, "Pager"]]),
};

/** One of each type. */
export const eventExamples: { [Name in EventName]: Example<Name> } = {
  "run.completed": about("run", run.runId, { ...run, backupId }),
  "run.partial": about("run", run.runId, { ...run, backupId, failure }),
  "run.failed": about("run", run.runId, { ...run, failure }),
  "run.missed": about("run", run.runId, { ...run, dueAt: "2026-11-22T01:00:00.000Z", count: 3 }),
  "system.overdue": about("system", systemId, { systemId, lastGoodAt: "2026-11-19T01:00:05.118Z", maximumAgeHours: 48 }),
  "system.recovered": about("system", systemId, { systemId }),
  "backup.deleted": about("system", systemId, { systemId, backupIds: [backupId], count: 1, by: "retention" }),
  "backup.verificationFailed": about("backup", backupId, {
    backupId,
    systemId,
    message: "“Archive in the cellar”: the object is not there any more.",
  }),
  "key.changed": about("key", keyId, { keyId, change: "new backups are encrypted under a new passphrase" }),
  "restore.requested": about("restore", restore.restoreId, restore),
  "restore.approved": about("restore", restore.restoreId, restore),
  "restore.completed": about("restore", restore.restoreId, restore),
  "restore.failed": about("restore", restore.restoreId, { ...restore, failure, changedTarget: true, safetyBackupId: backupId }),
  "channel.failed": about("webhook", webhookId, {
    channel: "webhook",
    channelId: webhookId,
    message: "It answered 410: the receiver wants no more.",
  }),
  "member.signedOut": about("member", memberId, { memberId, memberName: "Ada Example", reason: "removed from the tenant" }),
  "worker.missing": about(null, null, {
    message: "No worker has looked for due runs for 10 minutes.",
    since: "2026-11-22T00:50:00.000Z",
  }),
  "clock.doubted": about(null, null, { message: "The database’s clock went ahead by 31 days." }),
  test: about(null, null, { message: "This is a test." }),
};

function about<Data>(subjectKind: string | null, subjectId: string | null, data: Data) {
  return { subjectKind, subjectId, data, names };
}
