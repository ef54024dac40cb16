import { hashPassword, verifyPassword } from "#lib/auth/passwords.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { TooManyRequestsError } from "#lib/errors.ts";

const FAILURES_BEFORE_LOCK = 5;
const FIRST_LOCK_SECONDS = 30;
const LONGEST_LOCK_SECONDS = 3600;

/**
 * Whether `password` is the account's. After five failures in a row the account rests for 30 seconds, twice as long
 * after each further one, up to an hour: TooManyRequestsError says for how long.
 */
export async function checkPassword(accountId: string | null, password: string): Promise<boolean> {
  const credential = accountId ? await findCredential(accountId) : null;
  if (credential?.lockedUntil && credential.lockedUntil > new Date()) refuseLocked(credential.lockedUntil);
  const matches = await verifyPassword(password, credential?.passwordHash ?? null);
  if (credential) await recordOutcome(credential.accountId, matches);
  return matches;
}

/** Stores a new password for an account that already has a credential. */
export async function changePassword(accountId: string, password: string): Promise<void> {
  const passwordHash = await hashPassword(password);
  await acrossTenants("identity", (db) =>
    db.credential.updateMany({ where: { accountId }, data: { passwordHash, updatedAt: new Date() } }),
  );
}

function findCredential(accountId: string) {
  return acrossTenants("identity", (db) => db.credential.findUnique({ where: { accountId } }));
}

function refuseLocked(until: Date): never {
  const seconds = Math.max(1, Math.ceil((until.getTime() - Date.now()) / 1000));
  throw new TooManyRequestsError(`Too many wrong passwords for this account. Try again in ${seconds} seconds.`, seconds);
}

async function recordOutcome(accountId: string, matches: boolean): Promise<void> {
  await acrossTenants("identity", async (db) => {
    if (matches) {
      await db.credential.updateMany({ where: { accountId, failedAttempts: { gt: 0 } }, data: { failedAttempts: 0, lockedUntil: null } });
      return;
    }
    const { failedAttempts } = await db.credential.update({
      where: { accountId },
      data: { failedAttempts: { increment: 1 } },
      select: { failedAttempts: true },
    });
    if (failedAttempts < FAILURES_BEFORE_LOCK) return;
    const seconds = Math.min(LONGEST_LOCK_SECONDS, FIRST_LOCK_SECONDS * 2 ** (failedAttempts - FAILURES_BEFORE_LOCK));
    await db.credential.update({
      where: { accountId },
      data: { lockedUntil: new Date(Date.now() + seconds * 1000) },
      select: { accountId: true },
    });
  });
}
