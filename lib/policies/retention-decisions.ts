import { z } from "zod";
import type { DecidedBackup } from "#lib/backups/decide-retention.ts";

/** Decisions that are told one by one; the counts are of all. */
const MOST_TOLD = 500;

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

/** Decisions as the API shows them. */
export function toDecisions(decided: readonly DecidedBackup[]): RetentionDecisions {
  const keeps = decided.filter(({ keep }) => keep).length;
  const decisions = decided.slice(0, MOST_TOLD).map(({ id, systemId, systemName, createdAt, keep, reason }) => ({
    backupId: id,
    systemId,
    systemName,
    createdAt: createdAt.toISOString(),
    keep,
    reason,
  }));
  return { keeps, deletes: decided.length - keeps, decisions };
}
