import type { Prisma, Transaction } from "#lib/db/client.ts";
import { planRetention, type RetainedBackup } from "#lib/schedule/retention.ts";
import type { Retention } from "#lib/schedule/schemas.ts";

/** As much of a policy as decides what is kept. */
export interface RetentionRules {
  policyId: string;
  systemIds: readonly string[];
  retention: Retention;
  timeZone: string;
}

/** A backup of the policy, with what becomes of it. */
export interface DecidedBackup extends CatalogueBackup {
  keep: boolean;
  reason: string;
}

export interface CatalogueBackup extends RetainedBackup {
  systemName: string;
}

/** What a policy's retention would do now to the backups that the policy made, newest first. Changes nothing. */
export async function decideRetention(db: Transaction, rules: RetentionRules, now: Date): Promise<DecidedBackup[]> {
  return decideAmong(await readBackupsAround(db, rules.policyId), rules, now);
}

/** The same, among backups that were read before. */
export function decideAmong(backups: readonly CatalogueBackup[], rules: RetentionRules, now: Date): DecidedBackup[] {
  const decisions = planRetention({ backups, ...rules, now });
  return backups
    .map((backup, index) => ({ ...backup, keep: decisions[index]?.keep ?? true, reason: decisions[index]?.reason ?? "" }))
    .filter((backup) => backup.policyId === rules.policyId);
}

/** All backups of the systems that a policy has backups of: what others made decides, too, which is a system's newest good one. */
export async function readBackupsAround(db: Transaction, policyId: string): Promise<CatalogueBackup[]> {
  const systems = await db.backup.findMany({
    where: { policyId, status: "completed" },
    distinct: ["systemId"],
    select: { systemId: true },
  });
  return readRetainedBackups(db, { systemId: { in: systems.map(({ systemId }) => systemId) } });
}

/**
 * Copies whose bytes somebody has read: what was proven of a backup that was made here says nothing of a copy that a rebuild found since. A rebuilt one
 * has no other copies, so that its proof was made of them.
 */
const read: Prisma.BackupCopyWhereInput[] = [{ isFound: false }, { verifiedAt: { not: null } }, { backup: { origin: "rebuild" } }];

/** Completed backups as retention looks at them, newest first; of any number of them. */
export async function readRetainedBackups(db: Transaction, where: Prisma.BackupWhereInput): Promise<CatalogueBackup[]> {
  const completed = { ...where, status: "completed" };
  const rows = await db.backup.findMany({
    where: completed,
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    select: {
      id: true,
      systemId: true,
      systemName: true,
      policyId: true,
      trigger: true,
      origin: true,
      authenticity: true,
      createdAt: true,
      proven: true,
      pinned: true,
      pinnedUntil: true,
      retentionHeld: true,
    },
  });
  // Not read as a relation of the rows: that would be a statement with a parameter for each.
  const whole = { status: "stored", backup: completed, OR: read };
  const copies = await db.backupCopy.findMany({ where: whole, select: { backupId: true } });
  const stored = new Set(copies.map(({ backupId }) => backupId));
  return rows.map((row) => ({ ...row, hasStoredCopy: stored.has(row.id) }));
}
