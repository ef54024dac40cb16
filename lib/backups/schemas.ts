import { z } from "zod";
import { idField } from "#lib/http/fields.ts";
import { pageInput, pageOf } from "#lib/http/paging.ts";
import { verificationSchema } from "#lib/verifications/schemas.ts";

// Runs in the browser too: imports nothing of Node's.

/** How far a backup was proven, from the least to the most. */
export const proofLevels = ["stored", "intact", "decryptable", "valid", "rehearsed", "restored"] as const;
export type ProofLevel = (typeof proofLevels)[number];

/** Whose word stands for a backup. */
export const authenticities = ["own", "signed", "foreign"] as const;
export type Authenticity = (typeof authenticities)[number];

/** States of a backup that people see; one being written shows as its run. */
export const backupStatuses = ["completed", "trashed", "deleting"] as const;
export type BackupStatus = (typeof backupStatuses)[number];

/** States of a copy that people see; `missing` is also one that its destination never took, with the reason in `failure`. */
export const copyStatuses = ["stored", "damaged", "missing", "deleting"] as const;
export type CopyStatus = (typeof copyStatuses)[number];

const backupOrigins = ["run", "import", "rebuild"] as const;
export type BackupOrigin = (typeof backupOrigins)[number];

const backupCopySchema = z.object({
  destinationId: z.string(),
  destinationName: z.string(),
  destinationKind: z.string(),
  /** Whether the destination was disconnected since: what lies there stays, and nothing new is stored there. */
  isDisconnected: z.boolean(),
  objectKey: z.string(),
  status: z.enum(copyStatuses),
  /** Why it was not stored, or could not be removed. */
  failure: z.string().nullable(),
  /** When it was last found in order, and when somebody last tried to find out: a later try could not tell, or found what `failure` says. */
  verifiedAt: z.string().nullable(),
  checkedAt: z.string().nullable(),
  /** Until when the destination refuses to remove it. */
  lockedUntil: z.string().nullable(),
  /** A worker makes it anew just now. */
  isCopying: z.boolean(),
  /** When it is next brought in order, or removed; null while nothing is planned. */
  nextAttemptAt: z.string().nullable(),
});

export const backupSchema = z.object({
  id: z.string(),
  systemId: z.string(),
  systemName: z.string(),
  systemKind: z.string(),
  runId: z.string().nullable().describe("Null for one that no run of this installation made."),
  policyId: z.string().nullable(),
  trigger: z.string(),
  status: z.enum(backupStatuses),
  createdAt: z.string(),
  /** Size of the stored archive, and of what it holds, in bytes. */
  sizeBytes: z.number(),
  plaintextBytes: z.number(),
  entryCount: z.number(),
  sha256: z.string(),
  keyId: z.string(),
  formatVersion: z.number(),
  systemVersion: z.string().nullable(),
  productVersion: z.string(),
  includesSecrets: z.boolean(),
  notInBackup: z.array(z.string()),
  proven: z.enum(proofLevels),
  verifiedAt: z.string().nullable(),
  /** What the last verification found wrong, until it is mended. */
  verificationFailure: z.string().nullable(),
  /** The latest one. */
  verification: verificationSchema.nullable(),
  /** Retention and deletion leave it alone; with a time, until then: a safety backup's pin ends by itself. */
  pinned: z.boolean(),
  pinnedUntil: z.string().nullable(),
  /** run: made here; import: uploaded by a person; rebuild: found in a destination. */
  origin: z.enum(backupOrigins),
  /** own: made here; signed: found in a destination, by a signer who is believed; foreign: found, and nobody vouches for it. */
  authenticity: z.enum(authenticities),
  /** Retention waits until somebody has confirmed what it would do to what was found. */
  retentionHeld: z.boolean(),
  /** Counts the backups of its system. */
  number: z.number().nullable(),
  trashedAt: z.string().nullable(),
  copies: z.array(backupCopySchema),
});
export type BackupDto = z.infer<typeof backupSchema>;

export const backupListInput = pageInput.extend({
  systemId: z.string().optional(),
  policyId: z.string().optional(),
  destinationId: z.string().optional(),
  keyId: z.string().optional(),
  /** Without it, the trash is left out. */
  status: z.enum(backupStatuses).optional(),
});

export const backupList = pageOf(backupSchema);

export const startBackupInput = z.object({
  systemId: idField,
  /** Without it: where the system's policies keep it, else every destination. */
  destinationIds: z.array(idField).min(1, "Choose at least one destination.").max(50).optional(),
});
