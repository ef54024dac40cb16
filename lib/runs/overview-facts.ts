import { joinPromise, type SystemPromise } from "#lib/alarms/overdue.ts";
import type { Transaction } from "#lib/db/client.ts";
import { toKey, withKeyFacts } from "#lib/keys/to-key.ts";
import { maximumAgeHours } from "#lib/schedule/contract.ts";
import { storedScheduleSchema } from "#lib/schedule/schemas.ts";

/** Destinations of this kind are lost together with this machine. */
const THIS_MACHINE = "local";

export interface Promises {
  /** What the enabled policies promise each system, by its id; those without one are absent. */
  bySystem: Map<string, SystemPromise>;
  /** Systems whose policies are all switched off. */
  paused: Set<string>;
}

/** What policies promise these systems. */
export async function promisesOf(db: Transaction, systemIds: readonly string[]): Promise<Promises> {
  const links = await db.policySystem.findMany({
    where: { systemId: { in: [...systemIds] }, policy: { deletedAt: null } },
    select: { systemId: true, createdAt: true, policy: { select: { enabled: true, schedule: true, promiseHours: true } } },
  });
  const bySystem = new Map<string, SystemPromise>();
  for (const { systemId, createdAt, policy } of links) {
    if (!policy.enabled) continue;
    // Reckoned before, unless the policy is new.
    const hours = policy.promiseHours ?? maximumAgeHours(storedScheduleSchema.parse(policy.schedule));
    bySystem.set(systemId, joinPromise(bySystem.get(systemId) ?? null, { hours, since: createdAt }));
  }
  return { bySystem, paused: new Set(links.map(({ systemId }) => systemId).filter((id) => !bySystem.has(id))) };
}

/** Which of these backups have stored copies on this machine and nowhere else (UIP-13). */
export async function onlyLocalBackups(db: Transaction, backups: readonly { id: string }[]): Promise<Set<string>> {
  const copies = await db.backupCopy.findMany({
    where: { backupId: { in: backups.map((backup) => backup.id) }, status: "stored" },
    select: { backupId: true, destination: { select: { kind: true } } },
  });
  const elsewhere = new Set(copies.filter((copy) => copy.destination.kind !== THIS_MACHINE).map((copy) => copy.backupId));
  return new Set(backups.map((backup) => backup.id).filter((id) => !elsewhere.has(id)));
}

/** Of each of these systems, by its id, the newest kept backup with which a verification found something wrong that is not mended. */
export async function damageOf(db: Transaction, systemIds: readonly string[]): Promise<Map<string, { createdAt: Date; message: string }>> {
  const rows = await db.backup.findMany({
    where: { systemId: { in: [...systemIds] }, status: "completed", verificationFailure: { not: null } },
    distinct: ["systemId"],
    orderBy: [{ systemId: "asc" }, { createdAt: "desc" }],
    select: { systemId: true, createdAt: true, verificationFailure: true },
  });
  return new Map(rows.map((row) => [row.systemId, { createdAt: row.createdAt, message: row.verificationFailure ?? "" }]));
}

/** Of each of these backups, by its id, since when a good copy of it could not be verified, because its destination did not answer. */
export async function unverifiedSinceOf(db: Transaction, backups: readonly { id: string }[]): Promise<Map<string, Date>> {
  const rows = await db.backupCopy.findMany({
    where: { backupId: { in: backups.map((backup) => backup.id) }, status: "stored", failure: { not: null } },
    select: { backupId: true, verifiedAt: true, checkedAt: true },
  });
  const late = rows.flatMap(({ backupId, verifiedAt, checkedAt }) =>
    verifiedAt && checkedAt && checkedAt > verifiedAt ? ([[backupId, verifiedAt]] as const) : [],
  );
  return new Map(late);
}

/** Which of these backups are not whole in some destination where they should be; what a deleted destination holds is nobody's concern. */
export async function incompleteBackups(db: Transaction, backups: readonly { id: string }[]): Promise<Set<string>> {
  const copies = await db.backupCopy.findMany({
    where: {
      backupId: { in: backups.map((backup) => backup.id) },
      status: { notIn: ["stored", "deleted"] },
      destination: { deletedAt: null },
    },
    select: { backupId: true },
  });
  return new Set(copies.map(({ backupId }) => backupId));
}

/** How many keys that backups hang on only this installation can open, or nobody has lately shown to open. */
export async function worryingKeys(db: Transaction, now: Date): Promise<number> {
  const keys = (await db.key.findMany({ include: withKeyFacts })).map((row) => toKey(row, now));
  return keys.filter((key) => {
    const isLonely = key.mode === "managed" && !key.isProtected && (key.retiredAt === null || key.backupCount > 0);
    return key.isOpened && (isLonely || key.isProofOverdue);
  }).length;
}
