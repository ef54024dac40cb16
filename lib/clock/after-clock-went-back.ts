import { acrossTenants } from "#lib/db/across-tenants.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { log } from "#lib/log.ts";

/** Up to so far back, a time that comes again is one that had its run: it is not run twice. */
const HARMLESS_MS = 24 * 3_600_000;
/** By so much, a clock is corrected all the time. */
const UNNOTICED_MS = 60_000;

/**
 * Where the database's clock shows an earlier time than at the last look: what waits for a time of the future that was waits no longer, and everything is
 * planned anew. After more than a day, the times in between come again, and the runs that they had are no reason to leave them out: what ran then, or was
 * missed, gives its occurrence up. What a person cancelled before stays cancelled. To be called before a look is noted; may be done twice.
 */
export async function mendAfterClockWentBack(): Promise<void> {
  const backMs = await acrossTenants("scheduler", howFarBack);
  if (backMs < UNNOTICED_MS) return;
  log.warn({ backMs }, "The database's clock shows an earlier time than at the last look: all that waits for a time is planned anew");
  const tenants = await acrossTenants("scheduler", (db) => db.$queryRaw<{ id: string }[]>`SELECT id FROM tenants`);
  for (const { id } of tenants) {
    await withTenant(id, async (db) => {
      if (backMs > HARMLESS_MS) await giveOccurrencesUp(db);
      await endPauses(db);
    });
  }
}

async function howFarBack(db: Transaction): Promise<number> {
  const [row] = await db.$queryRaw<{ backMs: number | null }[]>`
    SELECT extract(epoch FROM last_dispatch_at - clock_timestamp())::float8 * 1000 AS "backMs" FROM installation`;
  return row?.backMs ?? 0;
}

async function giveOccurrencesUp(db: Transaction): Promise<void> {
  await db.$executeRaw`
    UPDATE runs SET occurrence = occurrence || ' ' || id
    WHERE trigger = 'schedule' AND status <> 'scheduled' AND due_at > (SELECT clock_timestamp()) AND occurrence NOT LIKE '% ' || id
      AND NOT (status = 'cancelled' AND finished_at <= (SELECT clock_timestamp()))`;
  await db.$executeRaw`
    UPDATE runs SET due_at = clock_timestamp() WHERE trigger = 'change' AND status = 'scheduled' AND due_at > (SELECT clock_timestamp())`;
}

/** The ledger drops planned runs that are not the next ones. A pause before a next attempt that ends too early does no harm. */
async function endPauses(db: Transaction): Promise<void> {
  await db.$executeRaw`UPDATE policy_systems SET plan_at = clock_timestamp() WHERE plan_at > clock_timestamp()`;
  await db.$executeRaw`UPDATE runs SET queued_at = clock_timestamp() WHERE status = 'queued' AND queued_at > clock_timestamp()`;
  await db.$executeRaw`UPDATE verifications SET queued_at = clock_timestamp() WHERE status = 'queued' AND queued_at > clock_timestamp()`;
  await db.$executeRaw`UPDATE backup_copies SET next_attempt_at = clock_timestamp() WHERE next_attempt_at > clock_timestamp()`;
  await db.$executeRaw`UPDATE backup_copies SET look_again_at = clock_timestamp() WHERE look_again_at > clock_timestamp() + interval '1 day'`;
  await db.$executeRaw`UPDATE deliveries SET next_attempt_at = clock_timestamp() WHERE status = 'pending' AND next_attempt_at > clock_timestamp()`;
  await db.$executeRaw`UPDATE mails SET next_attempt_at = clock_timestamp() WHERE status = 'pending' AND next_attempt_at > clock_timestamp()`;
  await db.$executeRaw`UPDATE members SET mail_next_at = clock_timestamp() WHERE mail_next_at > clock_timestamp()`;
}
