import { type CatalogueBackup, decideAmong, type DecidedBackup, readRetainedBackups } from "#lib/backups/decide-retention.ts";
import type { Transaction } from "#lib/db/client.ts";
import { retentionSchema, storedScheduleSchema } from "#lib/schedule/schemas.ts";

export interface HeldRetention {
  /** Backups that retention leaves alone until somebody confirms. One that nobody vouches for is not among them: it is held until somebody does, and then anew. */
  held: number;
  /** What retention would do with all of the system's backups, were that confirmed. Newest first. */
  decided: DecidedBackup[];
}

/** What the policies that made a system's backups would do to them if those that were found in a destination were no longer held. */
export async function decideHeld(db: Transaction, systemId: string, now: Date): Promise<HeldRetention> {
  const backups = await readRetainedBackups(db, { systemId });
  const released = backups.map((backup) => ({ ...backup, retentionHeld: backup.retentionHeld && backup.authenticity === "foreign" }));
  const policies = await db.policy.findMany({ where: { deletedAt: null }, include: { systems: true } });
  const byPolicy = policies.flatMap((policy) => {
    const systemIds = policy.systems.map((link) => link.systemId);
    const { timeZone } = storedScheduleSchema.parse(policy.schedule);
    return decideAmong(released, { policyId: policy.id, systemIds, retention: retentionSchema.parse(policy.retention), timeZone }, now);
  });
  const decisions = new Map(byPolicy.map((backup) => [backup.id, backup]));
  const decided = released.map((backup) => decisions.get(backup.id) ?? withoutPolicy(backup));
  return { held: backups.filter(({ retentionHeld, authenticity }) => retentionHeld && authenticity !== "foreign").length, decided };
}

function withoutPolicy(backup: CatalogueBackup): DecidedBackup {
  const reason = backup.policyId === null ? "No policy made it" : "The policy that made it is not here";
  return { ...backup, keep: true, reason: `${reason}: only a person deletes it` };
}
