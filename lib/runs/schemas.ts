import { z } from "zod";
import { pageInput, pageOf } from "#lib/http/paging.ts";

// Runs in the browser too: imports nothing of Node's.

export const runStatuses = ["scheduled", "queued", "running", "completed", "partial", "failed", "cancelled", "missed"] as const;
export type RunStatus = (typeof runStatuses)[number];

export const runTriggers = ["schedule", "change", "person", "safety"] as const;
export type RunTrigger = (typeof runTriggers)[number];

/** What a run does, in this order; `finish` writes the description, completes the backup and applies retention. */
export const runSteps = ["prepare", "capture", "store", "prove", "finish"] as const;
export type RunStep = (typeof runSteps)[number];

export const runProgressSchema = z.object({
  step: z.enum(runSteps),
  steps: z.array(z.enum(runSteps)),
  /** Of the archive: packed while capturing, then stored, then read back; at the end, its size. */
  bytes: z.number(),
  entries: z.number(),
  /** Of the present step, where its end is known. */
  percent: z.number().optional(),
});
export type RunProgress = z.infer<typeof runProgressSchema>;

export const runFailureSchema = z.object({
  /** One of runSteps, or "wait" for a run that did not begin. */
  step: z.string(),
  /** What happened and why. */
  message: z.string(),
  /** What to do about it. */
  mend: z.string().default(""),
});
export type RunFailure = z.infer<typeof runFailureSchema>;

export const runSchema = z.object({
  id: z.string(),
  policyId: z.string().nullable(),
  policyName: z.string().nullable(),
  systemId: z.string(),
  systemName: z.string(),
  systemKind: z.string(),
  trigger: z.enum(runTriggers),
  dueAt: z.string(),
  status: z.enum(runStatuses),
  /** What a queued run waits for, as a sentence. */
  waitingFor: z.string().nullable(),
  progress: runProgressSchema.nullable(),
  failure: runFailureSchema.nullable(),
  backupId: z.string().nullable(),
  destinationIds: z.array(z.string()),
  /** Attempts begun so far, and the number allowed. */
  attempt: z.number(),
  attempts: z.number(),
  /** The member who asked for it. */
  requestedBy: z.string().nullable(),
  cancelRequestedAt: z.string().nullable(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
});
export type RunDto = z.infer<typeof runSchema>;

export const runListInput = pageInput.extend({
  systemId: z.string().optional(),
  policyId: z.string().optional(),
  /** One status, or several separated by commas. */
  status: z
    .string()
    .transform((text) => text.split(",").filter(Boolean))
    .pipe(z.array(z.enum(runStatuses, { error: `A status is one of ${runStatuses.join(", ")}.` })))
    .optional(),
});

export const runList = pageOf(runSchema);

/** The runs that one request started: one for each system. */
export const startedRuns = z.object({ items: z.array(runSchema) });

export const dayStates = ["backedUp", "warning", "failed", "missed", "running", "beforeStart", "none"] as const;
export type DayState = (typeof dayStates)[number];

export const daySchema = z.object({
  /** Calendar day in UTC: "2026-03-03". */
  date: z.string(),
  /** "none": nothing was planned for that day. */
  state: z.enum(dayStates),
  /** More in words. */
  detail: z.string().optional(),
});
export type StripDay = z.infer<typeof daySchema>;

/** The states of the overview's one sentence, and of each system. */
export const overviewStates = ["proven", "warnings", "attention", "running", "waiting"] as const;
export type OverviewState = (typeof overviewStates)[number];

const backupReference = z.object({
  backupId: z.string(),
  systemId: z.string(),
  systemName: z.string(),
  createdAt: z.string(),
  proven: z.string(),
});

export const overviewSystemSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.string(),
  state: z.enum(overviewStates),
  /** Why the state is what it is, as a sentence; null when all is well. */
  reason: z.string().nullable(),
  strip: z.array(daySchema),
  lastBackupAt: z.string().nullable(),
  /** How old the newest backup may get by its policies, in hours; null without a policy. */
  promiseHours: z.number().nullable(),
  onlyOnThisMachine: z.boolean(),
});
export type OverviewSystem = z.infer<typeof overviewSystemSchema>;

export const overviewSchema = z.object({
  state: z.enum(overviewStates),
  counts: z.object({
    systems: z.number(),
    destinations: z.number(),
    backups: z.number(),
    warnings: z.number(),
    attention: z.number(),
    running: z.number(),
  }),
  lastGoodBackup: backupReference.nullable(),
  nextRun: runSchema.nullable(),
  leastProven: backupReference.nullable(),
  systems: z.array(overviewSystemSchema),
  /** Newest first. */
  recent: z.array(runSchema),
  /** Next first. */
  upcoming: z.array(runSchema),
  onlyOnThisMachine: z.boolean(),
});
export type Overview = z.infer<typeof overviewSchema>;
