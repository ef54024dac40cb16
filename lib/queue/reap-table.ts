import { acrossTenants } from "#lib/db/across-tenants.ts";
import type { Transaction } from "#lib/db/client.ts";
import { env } from "#lib/env.ts";
import { log } from "#lib/log.ts";
import { type HeldRow, StillLeases } from "#lib/queue/still-leases.ts";

/** A row of a tenant that a worker holds under its name. */
export interface TenantRow extends HeldRow {
  tenantId: string;
  holder: string;
  beat: bigint;
}

/** A table whose rows workers hold by a lease. */
export interface LeasedTable<Row extends HeldRow> {
  /** All of them that are held, as the scheduler's role. */
  held(db: Transaction): Promise<Row[]>;
  /** Takes one from its holder, by an update that names its beat: it does nothing once there was another sign of life. */
  giveUp(row: Row): Promise<void>;
}

/**
 * Answers what to do at each look: whatever has stood still for HOLDFAST_LEASE_SECONDS of `nowMs`, a monotonic clock, is given up. A row that cannot be
 * given up is noted in the log, tried again at the next look, and keeps no other back.
 */
export function reapTable<Row extends HeldRow>(table: LeasedTable<Row>, nowMs?: () => number): () => Promise<void> {
  const leases = new StillLeases(env().HOLDFAST_LEASE_SECONDS * 1000, nowMs);
  return async () => {
    const held = await acrossTenants("scheduler", (db) => table.held(db));
    await giveUpEach(leases.look(held), (row) => table.giveUp(row));
  };
}

/** One after another, each by itself: what fails for one is noted in the log. */
async function giveUpEach<Row extends HeldRow>(rows: Iterable<Row>, giveUp: (row: Row) => Promise<void>): Promise<void> {
  for (const row of rows) {
    try {
      await giveUp(row);
    } catch (error) {
      log.error({ err: error, row: row.key }, "What a dead worker held could not be taken from it; it is tried again");
    }
  }
}
