import type { Transaction } from "#lib/db/client.ts";
import { NotFoundError } from "#lib/errors.ts";
import { type RunDto, runFailureSchema, runProgressSchema, type RunStatus, type RunTrigger } from "#lib/runs/schemas.ts";

/** The part of a query that toRun needs. */
export const withNames = { policy: { select: { name: true } }, system: { select: { name: true, kind: true } } } as const;

export type RunRow = Awaited<ReturnType<typeof getRunOrThrow>>;

/** A run and the names that go with it. Throws NotFoundError when the tenant has none of that id. */
export async function getRunOrThrow(db: Transaction, id: string) {
  const row = await db.run.findUnique({ where: { id }, include: withNames });
  if (!row) throw new NotFoundError("run");
  return row;
}

/** A row as the API shows it. */
export function toRun(row: RunRow): RunDto {
  return {
    id: row.id,
    policyId: row.policyId,
    policyName: row.policy?.name ?? null,
    systemId: row.systemId,
    systemName: row.system.name,
    systemKind: row.system.kind,
    trigger: row.trigger as RunTrigger,
    dueAt: row.dueAt.toISOString(),
    status: row.status as RunStatus,
    waitingFor: row.waitingFor,
    progress: runProgressSchema.nullable().parse(row.progress),
    failure: runFailureSchema.nullable().parse(row.failure),
    backupId: row.backupId,
    destinationIds: row.destinationIds,
    attempt: row.attempt,
    attempts: row.attempts,
    requestedBy: row.requestedBy,
    cancelRequestedAt: row.cancelRequestedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}
