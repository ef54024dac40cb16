import { clockDoubtWords, confirmerWords, readClockDoubt } from "#lib/clock/clock-words.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import type { Transaction } from "#lib/db/client.ts";
import { type ClockDoubt, clockLimits } from "#lib/schedule/judge-clock.ts";

export interface ShownClockDoubt {
  /** What is wrong and what to do. */
  sentence: string;
  since: string | null;
  /** Whether an owner of the tenant may say that the time is right after all: only while it concerns no other tenant. */
  confirmable: boolean;
}

/** Why nothing of the tenant is deleted for its age at present, as the screens show it; null when it is. */
export async function clockDoubtOf(db: Transaction, now: Date): Promise<ShownClockDoubt | null> {
  const row = await db.installation.findFirst({
    where: { clockDoubt: { not: null } },
    select: { clockDoubt: true, clockDoubtSince: true },
  });
  const doubt = row?.clockDoubt ? readClockDoubt(row.clockDoubt) : null;
  if (row && doubt) return { ...(await describe(doubt)), since: row.clockDoubtSince?.toISOString() ?? null };
  const sentence = await futureBackup(db, now);
  return sentence === null ? null : { sentence, since: null, confirmable: false };
}

/** The clock is one for all tenants: a tenant's owner answers for it alone where there is no other, and the operator elsewhere. */
async function describe(doubt: ClockDoubt): Promise<Pick<ShownClockDoubt, "sentence" | "confirmable">> {
  const sentence = clockDoubtWords[doubt];
  if (doubt === "apart") return { sentence, confirmable: false };
  const confirmable = (await acrossTenants("operator", (db) => db.tenant.count())) === 1;
  return { sentence: `${sentence} ${confirmerWords[confirmable ? "owner" : "operator"]}`, confirmable };
}

/** A backup from later than now: either it or the clock is wrong, and by both its neighbours would be judged. Foreign and imported ones date themselves. */
export async function futureBackup(db: Transaction, now: Date): Promise<string | null> {
  const latest = new Date(now.getTime() + clockLimits.toleranceMs);
  const where = { status: "completed", origin: { not: "import" }, authenticity: { not: "foreign" }, createdAt: { gt: latest } };
  const backup = await db.backup.findFirst({ where, orderBy: { createdAt: "desc" }, select: { systemName: true, createdAt: true } });
  if (!backup) return null;
  const date = backup.createdAt.toISOString().slice(0, 16).replace("T", " ");
  return `A backup of “${backup.systemName}” is dated ${date} UTC, which is still to come. Set the clock if it is behind; else put that backup into the trash.`;
}
