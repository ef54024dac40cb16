import { reckonPromises } from "#lib/alarms/reckon-promises.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { recordEvent } from "#lib/events/record-event.ts";
import { log } from "#lib/log.ts";

/** Systems judged in one transaction. */
const AT_ONCE = 1000;

/** A number that nobody else locks by. */
const LOCK = 7_303_001;

interface Turned {
  tenantId: string;
  id: string;
  /** Null for one that is overdue no more. */
  overdueSince: Date | null;
  lastGoodAt: Date | null;
  hours: number | null;
}

/**
 * Compares every system's newest good backup with what its enabled policies promise, and tells once of each that broke its promise and of each that
 * keeps it again. A system without an enabled policy is promised nothing. Any number of workers may do it at once: what one of them judges, the others pass over.
 */
export async function raiseOverdue(stopping: AbortSignal): Promise<void> {
  await reckonPromises();
  for (let after: string | null = ""; after !== null && !stopping.aborted;) {
    const from: string = after;
    after = await acrossTenants("scheduler", (db) => judgePage(db, from));
  }
}

/** Judges the next systems by id; returns the last of them, or null after the last one. */
async function judgePage(db: Transaction, after: string): Promise<string | null> {
  const page = await db.$queryRaw<{ id: string }[]>`
    SELECT id FROM systems WHERE deleted_at IS NULL AND id > ${after} ORDER BY id LIMIT ${AT_ONCE}`;
  const last = page.at(-1);
  if (!last) return null;
  const [lock] = await db.$queryRaw<{ isOurs: boolean }[]>`SELECT pg_try_advisory_xact_lock(${LOCK}::bigint) AS "isOurs"`;
  if (lock?.isOurs) await judge(db, page);
  return page.length < AT_ONCE ? null : last.id;
}

async function judge(db: Transaction, page: readonly { id: string }[]): Promise<void> {
  const turned = await turn(
    db,
    page.map(({ id }) => id),
  );
  for (const system of turned) await tell(db, system);
  for (const tenantId of new Set(turned.map((system) => system.tenantId))) {
    await notifyChange(db, { tenantId, kinds: ["overview", "systems"] });
  }
}

/** What is good is said in last-backups.ts; what is promised, in overdue.ts. */
async function turn(db: Transaction, ids: string[]): Promise<Turned[]> {
  return db.$queryRaw`
    WITH promised AS (
      SELECT system.tenant_id, system.id, min(policy.promise_hours) AS hours,
        min(link.created_at + make_interval(hours => policy.promise_hours)) AS first_due
      FROM systems system
      LEFT JOIN (policy_systems link
        JOIN policies policy ON policy.tenant_id = link.tenant_id AND policy.id = link.policy_id AND policy.enabled AND policy.deleted_at IS NULL)
        ON link.tenant_id = system.tenant_id AND link.system_id = system.id
      WHERE system.id = ANY(${ids}::text[])
      GROUP BY system.tenant_id, system.id),
    judged AS (
      SELECT promised.*, good.created_at AS last_good,
        COALESCE(good.created_at + make_interval(hours => promised.hours), promised.first_due) AS broken_at, clock_timestamp() AS now
      FROM promised LEFT JOIN LATERAL (
        SELECT backup.created_at FROM backups backup
        WHERE backup.tenant_id = promised.tenant_id AND backup.system_id = promised.id AND backup.status = 'completed'
          AND backup.created_at <= clock_timestamp() + interval '5 minutes'
          AND backup.proven IN ('valid', 'rehearsed', 'restored') AND backup.authenticity <> 'foreign'
          AND EXISTS (SELECT 1 FROM backup_copies copy
            WHERE copy.tenant_id = backup.tenant_id AND copy.backup_id = backup.id AND copy.status = 'stored')
        ORDER BY backup.created_at DESC LIMIT 1) good ON true)
    UPDATE systems SET overdue_since = CASE WHEN judged.broken_at <= judged.now THEN judged.broken_at END
    FROM judged
    WHERE systems.tenant_id = judged.tenant_id AND systems.id = judged.id
      AND (systems.overdue_since IS NULL) = COALESCE(judged.broken_at <= judged.now, false)
    RETURNING systems.tenant_id AS "tenantId", systems.id, systems.overdue_since AS "overdueSince", judged.last_good AS "lastGoodAt", judged.hours`;
}

async function tell(db: Transaction, { tenantId, id: systemId, overdueSince, lastGoodAt, hours }: Turned): Promise<void> {
  const subject = { tenantId, subjectKind: "system", subjectId: systemId };
  // Without a promise, and without a good backup, it has not recovered: nothing is asked of it any more.
  if (hours === null) return;
  if (overdueSince !== null) {
    log.warn({ systemId, overdueSince }, "A system's newest good backup is older than its policy promises");
    const lastGood = lastGoodAt?.toISOString() ?? null;
    await recordEvent(db, "system.overdue", subject, { systemId, lastGoodAt: lastGood, maximumAgeHours: hours });
  } else if (lastGoodAt !== null) await recordEvent(db, "system.recovered", subject, { systemId });
}
