import type { RestorePlan } from "#lib/connectors/connector.ts";
import type { RestoreReport } from "#lib/connectors/restore-report.ts";
import type { Transaction } from "#lib/db/client.ts";
import { NotFoundError } from "#lib/errors.ts";
import { PLAN_VALID_MINUTES, type RestoreDto, type RestoreFailure, type RestoreStatus } from "#lib/restores/schemas.ts";

/** The part of a query that brings what toRestore shows. */
export const withBackupNames = { backup: { select: { systemKind: true, systemName: true } } } as const;

/** Throws NotFoundError for an id that is not among the tenant's restores. */
export async function getRestoreOrThrow(db: Transaction, id: string) {
  const row = await db.restore.findUnique({ where: { id }, include: withBackupNames });
  if (!row) throw new NotFoundError("restore");
  return row;
}

export type RestoreRow = Awaited<ReturnType<typeof getRestoreOrThrow>>;

/** A row as the API shows it. A plan that was not carried out in time shows as expired. */
export function toRestore(row: RestoreRow): RestoreDto {
  const status = statusOf(row);
  const isAtWork = status === "planning" || status === "approved" || status === "running";
  return {
    id: row.id,
    status,
    backupId: row.backupId,
    targetSystemId: row.targetSystemId,
    ...row.backup,
    plan: row.plan === null || row.planHash === null ? null : { hash: row.planHash, ...(row.plan as unknown as RestorePlan) },
    progress: isAtWork ? ((row.progress as { sentence?: string } | null)?.sentence ?? null) : null,
    report: row.report as unknown as RestoreReport | null,
    failure: row.failure as unknown as RestoreFailure | null,
    safetyBackupId: row.safetyBackupId,
    requestedBy: row.requestedBy,
    executedBy: row.executedBy,
    createdAt: row.createdAt.toISOString(),
    plannedAt: row.plannedAt?.toISOString() ?? null,
    expiresAt: row.plannedAt ? planExpiry(row.plannedAt).toISOString() : null,
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

function statusOf(row: { status: string; plannedAt: Date | null }): RestoreStatus {
  if (row.status === "planned" && row.plannedAt && planExpiry(row.plannedAt) <= new Date()) return "expired";
  return row.status as RestoreStatus;
}

function planExpiry(plannedAt: Date): Date {
  return new Date(plannedAt.getTime() + PLAN_VALID_MINUTES * 60_000);
}
