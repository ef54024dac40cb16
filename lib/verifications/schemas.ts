import { z } from "zod";
import { idField } from "#lib/http/fields.ts";

// Runs in the browser too: imports nothing of Node's.

export const verificationStatuses = ["queued", "running", "completed", "failed", "cancelled"] as const;
export type VerificationStatus = (typeof verificationStatuses)[number];

/** `beside`: the archive is good, and the description or key file beside it is not. `unreachable`: nobody can tell, which is no damage. */
export const copyOutcomes = ["good", "damaged", "missing", "beside", "unreachable"] as const;
export type CopyOutcome = (typeof copyOutcomes)[number];

export const verificationProgressSchema = z.object({ sentence: z.string(), bytes: z.number(), totalBytes: z.number() });
export type VerificationProgress = z.infer<typeof verificationProgressSchema>;

export const verificationResultSchema = z.object({
  /** How far this verification proved the backup; `stored` when no good copy was found. */
  proven: z.enum(["stored", "intact", "decryptable", "valid"]),
  copies: z.array(z.object({ destinationId: z.string(), outcome: z.enum(copyOutcomes), message: z.string().nullable() })),
  /** Whether the archive was opened, and not only compared byte for byte; and if so, why the recorded bytes are not a sound archive. */
  opened: z.boolean(),
  unsound: z.string().nullable(),
  /** Why it went less far than it was asked to. */
  note: z.string().nullable(),
});
export type VerificationResult = z.infer<typeof verificationResultSchema>;

export const verificationFailureSchema = z.object({ message: z.string(), mend: z.string() });
export type VerificationFailure = z.infer<typeof verificationFailureSchema>;

export const verificationSchema = z.object({
  id: z.string(),
  status: z.enum(verificationStatuses),
  trigger: z.enum(["schedule", "person"]),
  destinationId: z.string().nullable().describe("The copy that it is about; null for all of them."),
  withKey: z.boolean().describe("Whether the archive is opened too, and not only compared byte for byte."),
  progress: verificationProgressSchema.nullable(),
  result: verificationResultSchema.nullable(),
  failure: verificationFailureSchema.nullable(),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
});
export type VerificationDto = z.infer<typeof verificationSchema>;

export const verifyBackupInput = z.object({
  id: idField,
  passphrase: z
    .string()
    .max(1024)
    .optional()
    .describe("Of the backup's key. Without it, a backup under a passphrase is compared byte for byte."),
  destinationId: idField.optional().describe("Only the copy there."),
});
