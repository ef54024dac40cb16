import { z } from "zod";
import { idField, instant } from "#lib/http/fields.ts";
import { pageInput, pageOf } from "#lib/http/paging.ts";

// Browser-safe.

export const restoreStatuses = [
  "planning",
  "planned",
  "awaitingApproval",
  "approved",
  "running",
  "completed",
  "partial",
  "failed",
  "rejected",
  "expired",
  "cancelled",
  "undone",
] as const;
export type RestoreStatus = (typeof restoreStatuses)[number];

/** How long a plan may be carried out after it was made. */
export const PLAN_VALID_MINUTES = 60;

const restorePlanSchema = z.object({
  hash: z.string().describe("Of this plan, this archive and this target; send it back to carry the plan out."),
  changes: z.array(
    z.object({
      part: z.string(),
      action: z.enum(["add", "change", "remove"]),
      subject: z.string(),
      before: z.unknown().optional(),
      after: z.unknown().optional(),
    }),
  ),
  warnings: z.array(z.string()),
  blockers: z.array(z.string()),
  notInBackup: z.array(z.string()),
  effects: z.array(z.string()),
});

const restoreReportSchema = z.object({
  outcome: z.enum(["completed", "partial"]),
  applied: z.array(z.object({ part: z.string(), action: z.string(), subject: z.string() })),
  problems: z.array(z.string()),
  followUp: z.array(z.string()),
});

export const restoreFailureSchema = z.object({
  step: z.string(),
  message: z.string(),
  mend: z.string().describe("What to do now."),
});
export type RestoreFailure = z.output<typeof restoreFailureSchema>;

export const restoreSchema = z.object({
  id: z.string(),
  status: z.enum(restoreStatuses),
  backupId: z.string(),
  targetSystemId: z.string(),
  systemKind: z.string(),
  systemName: z.string(),
  plan: restorePlanSchema.nullable(),
  progress: z.string().nullable().describe("What is being done just now."),
  report: restoreReportSchema.nullable(),
  failure: restoreFailureSchema.nullable(),
  safetyBackupId: z.string().nullable().describe("What was there before, backed up before the first change."),
  requestedBy: z.string(),
  executedBy: z.string().nullable(),
  createdAt: instant,
  plannedAt: instant.nullable(),
  expiresAt: instant.nullable().describe("Until when the plan may be carried out."),
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
});
export type RestoreDto = z.output<typeof restoreSchema>;

export const listRestoresInput = pageInput;
export const restoreListSchema = pageOf(restoreSchema);

const passphrase = z.string().max(1024, "A passphrase has at most 1024 characters.").optional();

export const planRestoreInput = z.object({
  backupId: idField,
  targetSystemId: idField,
  parts: z.array(z.string()).max(0, "A backup is restored as a whole; leave parts out.").optional(),
  passphrase,
});

/** The login password comes with it, see execute-restore.ts. */
export const executeRestoreInput = z.object({
  id: idField,
  planHash: z.string().length(64, "Send the hash of the plan that you read."),
  passphrase,
});
