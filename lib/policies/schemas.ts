import { z } from "zod";
import { idField, nameField } from "#lib/http/fields.ts";
import { retentionSchema, scheduleSchema, storedScheduleSchema } from "#lib/schedule/schemas.ts";

const idsField = (message: string) =>
  z
    .array(idField)
    .min(1, message)
    .max(1000)
    .refine((ids) => new Set(ids).size === ids.length, "Name each one once.");

const policyFields = {
  name: nameField,
  enabled: z.boolean().default(true),
  systemIds: idsField("Choose at least one system."),
  destinationIds: idsField("Choose at least one destination."),
  schedule: scheduleSchema,
  /** Back up the tenant's own configuration within five minutes of a change (TN-8). */
  onChange: z.boolean().default(false),
  retention: retentionSchema,
  attempts: z.int().min(1, "At least one attempt.").max(10, "At most 10 attempts.").default(3),
  windowMinutes: z.int().min(1, "At least one minute.").max(1440, "At most a day.").default(60),
  catchUp: z.enum(["latest", "skip"]).default("latest"),
};

export const createPolicyInput = z.object(policyFields);

export const updatePolicyInput = z.object({
  id: idField,
  name: policyFields.name.optional(),
  enabled: z.boolean().optional(),
  systemIds: policyFields.systemIds.optional(),
  destinationIds: policyFields.destinationIds.optional(),
  schedule: scheduleSchema.optional(),
  onChange: z.boolean().optional(),
  retention: retentionSchema.optional(),
  attempts: policyFields.attempts.unwrap().optional(),
  windowMinutes: policyFields.windowMinutes.unwrap().optional(),
  catchUp: policyFields.catchUp.unwrap().optional(),
  /** Both are needed for an edit that would delete more backups than before. */
  acknowledgeDeletes: z.int().min(0).optional().describe("How many backups the edited policy deletes, as “would-delete” said."),
  password: z.string().min(1).max(1024).optional().describe("The login password again; needed with acknowledgeDeletes."),
});

export const previewPolicyInput = z.object({
  schedule: scheduleSchema,
  retention: retentionSchema.optional(),
  /** A policy that there is: its backups are decided about. */
  policyId: idField.optional(),
  /** The systems that it would back up; without them, those of the policy. */
  systemIds: z.array(idField).max(1000).optional(),
});

/** What becomes of backups, one by one. */
export const retentionDecisionsSchema = z.object({
  keeps: z.number(),
  deletes: z.number(),
  decisions: z
    .array(
      z.object({
        backupId: z.string(),
        systemId: z.string(),
        systemName: z.string(),
        createdAt: z.string(),
        keep: z.boolean(),
        reason: z.string(),
      }),
    )
    .describe("Newest first, at most 500; the counts are of all."),
});
export type RetentionDecisions = z.infer<typeof retentionDecisionsSchema>;

export const policyPreviewSchema = z.object({
  nextRuns: z.array(z.iso.datetime()).describe("The next ten runs, in UTC."),
  runs: z
    .array(
      z.object({
        dueAt: z.iso.datetime(),
        localTime: z.string().describe("What the clock of the schedule's zone shows then: 2026-03-29T03:00+02:00."),
        note: z.string().nullable().describe("What a change of the clocks does to this run, in a sentence."),
      }),
    )
    .describe("The same runs in the zone of the schedule and in UTC."),
  clockChanges: z.array(z.string()).describe("What the changes of the clocks within a year do to runs, each in a sentence."),
  promise: z.string().nullable().describe("What the policy promises, in words; null when no retention was given."),
  schedule: z.string().describe("When it runs, in words."),
  retention: z.string().nullable().describe("What it keeps, in words; null when no retention was given."),
  year: z
    .object({
      days: z.number().describe("Days that were simulated: 366, or fewer where it runs more than hourly."),
      backups: z.number(),
      oldestDays: z.number(),
    })
    .nullable()
    .describe("Backups of one system after a year in which every run succeeds, and the age of the oldest."),
  /** Of the policy's present backups; null and empty without a policy or retention. */
  keeps: z.number().nullable(),
  deletes: z.number().nullable(),
  decisions: retentionDecisionsSchema.shape.decisions,
  waits: z.string().nullable().describe("Why nothing is deleted at present, in a sentence."),
});
export type PolicyPreview = z.infer<typeof policyPreviewSchema>;

export const policySchema = z.object({
  id: z.string(),
  name: z.string(),
  enabled: z.boolean(),
  systemIds: z.array(z.string()),
  destinationIds: z.array(z.string()),
  schedule: storedScheduleSchema,
  onChange: z.boolean(),
  retention: retentionSchema,
  attempts: z.number(),
  windowMinutes: z.number(),
  catchUp: z.enum(["latest", "skip"]),
  createdAt: z.string(),
});
export type PolicyDto = z.infer<typeof policySchema>;
