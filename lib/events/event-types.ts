import { z } from "zod";
import type { Permission } from "#lib/auth/permissions.ts";

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

/** Under what heading a person chooses. */
export const eventGroups = ["Runs", "Systems", "Backups and keys", "Restores", "People and this installation"] as const;

/** One type of event: what it tells, whether it is a failure (mailed unless a member says otherwise), and its data beside the names. */
interface EventType {
  /** In a few words: the line of a choice, and the beginning of a mail's subject. */
  title: string;
  summary: string;
  group: (typeof eventGroups)[number];
  /** What a member must be allowed to be told of it by mail. */
  permission: Permission;
  isFailure: boolean;
  data: z.ZodObject;
}

/** Everything that webhooks and mail can tell of. docs/events.md is written from it. */
export const eventTypes = {
  "run.completed": {
    title: "Backed up",
    group: "Runs",
    permission: "runs.read",
    summary: "A run made a backup that was read back and proven.",
    isFailure: false,
    data: runData.extend({ backupId: z.string() }),
  },
  "run.partial": {
    title: "Backed up, but not everywhere",
    group: "Runs",
    permission: "runs.read",
    summary: "A run made a proven backup, but not every destination took it; the others are tried again.",
    isFailure: true,
    data: runData.extend({ backupId: z.string(), failure }),
  },
  "run.failed": {
    title: "A backup failed",
    group: "Runs",
    permission: "runs.read",
    summary: "A run made no backup, after all its attempts.",
    isFailure: true,
    data: runData.extend({ failure }),
  },
  "run.missed": {
    title: "A backup was missed",
    group: "Runs",
    permission: "runs.read",
    summary:
      "A planned run did not begin: nothing was there to carry it out when it was due, or its policy was paused before it could begin.",
    isFailure: true,
    data: runData.extend({
      dueAt: z.string().describe("When it should have begun; the latest of several."),
      count: z.int().describe("How many of this policy and system were missed at once."),
    }),
  },
  "system.overdue": {
    title: "A system has no recent backup",
    group: "Systems",
    permission: "systems.read",
    summary: "A system's newest good backup is older than its policy promises.",
    isFailure: true,
    data: z.object({
      systemId: z.string(),
      lastGoodAt: z.string().nullable().describe("When its newest good backup was made; null when there is none."),
      maximumAgeHours: z.number().describe("How old it may get."),
    }),
  },
  "system.recovered": {
    title: "A system has a recent backup again",
    group: "Systems",
    permission: "systems.read",
    summary: "A system that was overdue has a good backup again.",
    isFailure: false,
    data: z.object({ systemId: z.string() }),
  },
  "backup.deleted": {
    title: "Backups were deleted",
    group: "Backups and keys",
    permission: "backups.read",
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
    title: "A stored backup is damaged or missing",
    group: "Backups and keys",
    permission: "backups.read",
    summary: "A stored backup could no longer be proven whole.",
    isFailure: true,
    data: z.object({ backupId: z.string(), systemId: z.string(), message: z.string().describe("What was found, in a sentence.") }),
  },
  "key.changed": {
    title: "A key was changed",
    group: "Backups and keys",
    permission: "keys.read",
    summary: "What backups are encrypted to has changed: a new key, another recovery recipient, or a key protected anew.",
    isFailure: false,
    data: z.object({ keyId: z.string(), change: z.string().describe("What was changed, in a few words.") }),
  },
  "restore.requested": {
    title: "A restore was planned",
    group: "Restores",
    permission: "restores.read",
    summary: "Somebody planned a restore.",
    isFailure: false,
    data: restoreData,
  },
  "restore.approved": {
    title: "A restore was let through",
    group: "Restores",
    permission: "restores.read",
    summary: "A restore was let through the gate.",
    isFailure: false,
    data: restoreData,
  },
  "restore.completed": {
    title: "A restore is done",
    group: "Restores",
    permission: "restores.read",
    summary: "A restore came to its end.",
    isFailure: false,
    data: restoreData,
  },
  "restore.failed": {
    title: "A restore failed",
    group: "Restores",
    permission: "restores.read",
    summary: "A restore stopped before its end.",
    isFailure: true,
    data: restoreData.extend({
      failure,
      changedTarget: z.boolean().describe("Whether it had begun to change its target."),
      safetyBackupId: z.string().nullable().describe("The backup of the target from just before."),
    }),
  },
  "channel.failed": {
    title: "A notification could not be sent",
    group: "People and this installation",
    permission: "settings.read",
    summary: "A webhook fails or was disabled, or mail could not be sent: told on the other channels.",
    isFailure: true,
    data: z.object({
      channel: z.enum(["webhook", "mail"]),
      channelId: z.string().nullable().describe("The webhook, or the member whose address is refused; null when no mail can be sent."),
      message: z.string().describe("What is wrong, in a sentence."),
    }),
  },
  "member.signedOut": {
    title: "A member was signed out",
    group: "People and this installation",
    permission: "members.read",
    summary: "A member's sessions were ended by somebody else.",
    isFailure: false,
    data: z.object({ memberId: z.string(), memberName: z.string(), reason: z.string().describe("Why, in a few words.") }),
  },
  "worker.missing": {
    title: "Backups are not being made",
    group: "People and this installation",
    permission: "runs.read",
    summary: "No worker looks for due runs, or none begins them in time: backups are not being made.",
    isFailure: true,
    data: z.object({
      message: z.string(),
      since: z.string().describe("When due runs were last looked for, or the oldest waiting one was due."),
    }),
  },
  "clock.doubted": {
    title: "The clock is in doubt",
    group: "People and this installation",
    permission: "systems.read",
    summary: "The database's clock cannot be right; nothing is deleted for its age until that ends.",
    isFailure: true,
    data: z.object({ message: z.string() }),
  },
  test: {
    title: "A test",
    group: "People and this installation",
    permission: "settings.read",
    summary: "Somebody pressed the test button.",
    isFailure: false,
    data: z.object({ message: z.string() }),
  },
} as const satisfies Record<string, EventType>;

export type EventName = keyof typeof eventTypes;
export type EventData<Name extends EventName> = z.output<(typeof eventTypes)[Name]["data"]>;
export const eventNames = Object.keys(eventTypes) as EventName[];
/** Those that are mailed unless a member says otherwise. */
export const failureNames = eventNames.filter((name) => eventTypes[name].isFailure);
