import { databaseNow } from "#lib/clock/database-now.ts";
import type { Transaction } from "#lib/db/client.ts";
import { ConflictError } from "#lib/errors.ts";
import { newId } from "#lib/ids.ts";
import { withdrawFileKey } from "#lib/keys/file-key-grant.ts";

/** States of a verification that is not over. */
const UNFINISHED = ["queued", "running"];

/** Attempts of one that the schedule asked for reach over some hours; a person is told at once, and only a worker's death is tried again. */
const ATTEMPTS = { schedule: 6, person: 3 } as const;

export interface WantedVerification {
  backupId: string;
  destinationId: string | null;
  trigger: keyof typeof ATTEMPTS;
  /** The member who asked; null for the schedule. */
  requestedBy: string | null;
  withKey: boolean;
  /** The turn of the schedule that it stands for. */
  turnAt?: Date;
}

/** Lets one transaction at a time queue or begin what the tenant's schedule verifies. */
export async function lockSchedule(db: Transaction, tenantId: string): Promise<void> {
  await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`verifications:${tenantId}`}, 0))`;
}

/**
 * Writes a verification down, to be taken up by a worker. A backup has one at a time: a scheduled one that nobody has begun gives way to a person's; else
 * throws ConflictError "verification-under-way". Answers its id.
 */
export async function queueVerification(db: Transaction, wanted: WantedVerification): Promise<string> {
  const { backupId, destinationId, trigger, requestedBy, withKey, turnAt = null } = wanted;
  await db.$queryRaw`SELECT id FROM backups WHERE id = ${backupId} FOR UPDATE`;
  const now = await databaseNow(db);
  if (trigger === "person") {
    const data = { status: "cancelled", finishedAt: now };
    await db.verification.updateMany({ where: { backupId, status: "queued", trigger: "schedule" }, data });
  }
  const present = await db.verification.findFirst({ where: { backupId, status: { in: UNFINISHED } }, select: { id: true } });
  if (present) {
    throw new ConflictError("This backup is being verified already. Wait for that to end, or cancel it.", "verification-under-way");
  }
  const id = newId("verification");
  const row = { id, backupId, destinationId, trigger, requestedBy, withKey, turnAt, status: "queued", attempts: ATTEMPTS[trigger] };
  await db.verification.createMany({ data: [{ ...row, queuedAt: now }] });
  await db.backup.updateMany({ where: { id: backupId }, data: { checkedAt: now } });
  return id;
}

/** Gives up a verification that waits, and asks one under way to stop. Answers false when there is none. */
export async function giveUpVerification(db: Transaction, backupId: string): Promise<boolean> {
  const now = await databaseNow(db);
  const rows = await db.verification.findMany({ where: { backupId, status: { in: UNFINISHED } }, select: { id: true } });
  for (const { id } of rows) await withdrawFileKey(db, id);
  const waiting = await db.verification.updateMany({
    where: { backupId, status: "queued" },
    data: { status: "cancelled", cancelRequestedAt: now, finishedAt: now },
  });
  const running = await db.verification.updateMany({ where: { backupId, status: "running" }, data: { cancelRequestedAt: now } });
  return waiting.count + running.count > 0;
}
