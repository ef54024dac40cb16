import { z } from "zod";
import type { Context } from "#lib/auth/context.ts";
import { proofFields, requireProof } from "#lib/auth/step-up.ts";
import { readRetainedBackups } from "#lib/backups/decide-retention.ts";
import { usedByRestore } from "#lib/backups/used-by-restore.ts";
import { databaseNow } from "#lib/clock/database-now.ts";
import type { Prisma, Transaction } from "#lib/db/client.ts";
import { ConflictError } from "#lib/errors.ts";
import { parseInput, requirePermission } from "#lib/operation.ts";
import { lockSystem } from "#lib/runs/lock-system.ts";
import { isGood } from "#lib/schedule/retention.ts";

/** In the input of an operation that may take backups along. Without them, no backup is touched. */
export const takeAlongFields = {
  deleteBackups: z.int().min(0).max(10_000_000).optional().describe("Also move its backups to the trash: exactly this many there are."),
  password: proofFields.password.optional().describe("The login password again; needed with deleteBackups."),
};

/** What deleting something would take along, if that were asked for. */
export interface TakenAlong {
  /** Those that would go into the trash. */
  ids: string[];
  /** Backups that stay whatever is asked for: pinned, or needed by a restore. */
  staying: number;
  /** Systems that would have no good backup left. */
  lastGoodOf: string[];
}

/** Throws unless backups are left alone, or may be deleted by this person, who typed the login password again. */
export async function requireMayTakeAlong(
  context: Context,
  input: { deleteBackups?: number | undefined; password?: string | undefined },
): Promise<void> {
  if (input.deleteBackups === undefined) return;
  requirePermission(context, "backups.delete");
  await requireProof(context, parseInput(z.object(proofFields), { password: input.password }));
}

/** Counts the completed backups that `where` names, and changes nothing. */
export async function countTakenAlong(db: Transaction, where: Prisma.BackupWhereInput): Promise<TakenAlong> {
  const named = await readRetainedBackups(db, where);
  const now = await databaseNow(db);
  const used = await usedByRestore(db);
  const isFree = (backup: (typeof named)[number]) =>
    !backup.pinned && !(backup.pinnedUntil && backup.pinnedUntil > now) && !used.has(backup.id);
  const ids = new Set(named.filter(isFree).map(({ id }) => id));
  const around = await readRetainedBackups(db, { systemId: { in: [...new Set(named.map(({ systemId }) => systemId))] } });
  const left = new Set(around.filter((backup) => isGood(backup) && !ids.has(backup.id)).map(({ systemId }) => systemId));
  const lost = around.filter((backup) => isGood(backup) && !left.has(backup.systemId));
  const lastGoodOf = new Map(lost.map(({ systemId, systemName }) => [systemId, systemName]));
  return { ids: [...ids], staying: named.length - ids.size, lastGoodOf: [...lastGoodOf.values()].sort() };
}

/**
 * Moves the backups that `where` names into the trash, if there are exactly as many as the person was told. Throws ConflictError "other-count"
 * with the present number otherwise.
 *
 * @returns how many were moved; 0 when none were asked for
 */
export async function trashCounted(db: Transaction, where: Prisma.BackupWhereInput, expected: number | undefined): Promise<number> {
  if (expected === undefined) return 0;
  const systems = await db.backup.findMany({
    where: { ...where, status: "completed" },
    distinct: ["systemId"],
    select: { systemId: true },
  });
  for (const systemId of systems.map((row) => row.systemId).sort()) await lockSystem(db, systemId);
  const { ids } = await countTakenAlong(db, where);
  if (ids.length !== expected) throw otherCount("backups would go to the trash", ids.length, expected, { deleteBackups: ids.length });
  return db.$executeRaw`
    UPDATE backups SET status = 'trashed', trashed_at = clock_timestamp()
    WHERE id = ANY(${ids}::text[]) AND status = 'completed' AND NOT pinned`;
}

/** The number that a person confirmed is not the one that there is. */
export function otherCount(what: string, present: number, expected: number, extra: Record<string, number>): ConflictError {
  return new ConflictError(`By now ${present} ${what}, not ${expected}. Nothing was done; look at it again.`, "other-count", extra);
}
