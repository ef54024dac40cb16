import { z } from "zod";

// Runs in the browser too: imports nothing of Node's. Nothing in an event is secret; names and links are added when it is told.

const failure = z.object({
  message: z.string().describe("What went wrong, in a sentence."),
  mend: z.string().describe("What to do about it."),
});
const runData = z.object({
  runId: z.string(),
  systemId: z.string(),
  policyId: z.string().nullable().describe("Null for a run that no policy asked for."),
  trigger: z.string().describe("What asked for it: `schedule`, `change`, `person` or `safety`."),
});
const restoreData = z.object({
  restoreId: z.string(),
  backupId: z.string(),
  systemId: z.string().describe("The system that it is restored to."),
});

/** One type of event: what it tells, whether it is a failure (mailed unless a member says otherwise), and its data beside the names. */
interface EventType {
  summary: string;
  isFailure: boolean;
  data: z.ZodObject;
}

/** Everything that webhooks and mail can tell of. docs/events.md is written from it. */
export const eventTypes = {
  "run.completed": {
    summary: "A run made a backup that was read back and proven.",
    isFailure: false,
    data: runData.extend({ backupId: z.string() }),
  },
  "run.partial": {
    summary: "A run made a proven backup, but not every destination took it; the others are tried again.",
    isFailure: true,
    data: runData.extend({ backupId: z.string(), failure }),
  },
  "run.failed": { summary: "A run made no backup, after all its attempts.", isFailure: true, data: runData.extend({ failure }) },
  "run.missed": {
    summary: "A planned run did not begin: nothing was there to carry it out when it was due.",
    isFailure: true,
    data: runData.extend({
      dueAt: z.string().describe("When it should have begun; the latest of several."),
      count: z.int().describe("How many of this policy and system were missed at once."),
    }),
  },
  "system.overdue": {
    summary: "A system's newest good backup is older than its policy promises.",
    isFailure: true,
    data: z.object({
      systemId: z.string(),
      lastGoodAt: z.string().nullable().describe("When its newest good backup was made; null when there is none."),
      maximumAgeHours: z.number().describe("How old it may get."),
    }),
  },
  "system.recovered": {
    summary: "A system that was overdue has a good backup again.",
    isFailure: false,
    data: z.object({ systemId: z.string() }),
  },
  "backup.deleted": {
    summary: "A person or retention deleted backups.",
    isFailure: false,
    data: z.object({
      systemId: z.string(),
      backupIds: z.array(z.string()).describe("At most 100 of them."),
      count: z.int(),
      by: z.enum(["person", "retention"]),
    }),
  },
  "backup.verificationFailed": {
    summary: "A stored backup could no longer be proven whole.",
    isFailure: true,
    data: z.object({ backupId: z.string(), systemId: z.string(), message: z.string().describe("What was found, in a sentence.") }),
  },
  "key.changed": {
    summary: "What backups are encrypted to has changed: a new key, another recovery recipient, or a key protected anew.",
    isFailure: false,
    data: z.object({ keyId: z.string(), change: z.string().describe("What was changed, in a few words.") }),
  },
  "restore.requested": { summary: "Somebody planned a restore.", isFailure: false, data: restoreData },
  "restore.approved": { summary: "A restore was let through the gate.", isFailure: false, data: restoreData },
  "restore.completed": { summary: "A restore came to its end.", isFailure: false, data: restoreData },
  "restore.failed": {
    summary: "A restore stopped before its end.",
    isFailure: true,
    data: restoreData.extend({
      failure,
      changedTarget: z.boolean().describe("Whether it had begun to change its target."),
      safetyBackupId: z.string().nullable().describe("The backup of the target from just before."),
    }),
  },
  "channel.failed": {
    summary: "A webhook was disabled, or mail could not be sent: told on the other channels.",
    isFailure: true,
    data: z.object({ channel: z.enum(["webhook", "mail"]), channelId: z.string().nullable(), message: z.string() }),
  },
  "member.signedOut": {
    summary: "A member's sessions were ended by somebody else.",
    isFailure: false,
    data: z.object({ memberId: z.string(), reason: z.string() }),
  },
  "worker.missing": {
    summary: "No worker looks for due runs, or none begins them in time: backups are not being made.",
    isFailure: true,
    data: z.object({ message: z.string(), since: z.string().describe("When due runs were last looked for, or the oldest waiting one was due.") }),
  },
  "clock.doubted": {
    summary: "The database's clock cannot be right; nothing is deleted for its age until that ends.",
    isFailure: true,
    data: z.object({ message: z.string() }),
  },
  test: { summary: "Somebody pressed the test button.", isFailure: false, data: z.object({ message: z.string() }) },
} as const satisfies Record<string, EventType>;

export type EventName = keyof typeof eventTypes;
export type EventData<Name extends EventName> = z.output<(typeof eventTypes)[Name]["data"]>;
export const eventNames = Object.keys(eventTypes) as EventName[];
