import { acrossTenants } from "#lib/db/across-tenants.ts";
import { TooManyRequestsError } from "#lib/errors.ts";

const FAILURES_BEFORE_LOCK = 5;
const FIRST_LOCK_SECONDS = 30;
const LONGEST_LOCK_SECONDS = 3600;

/** What a person proves to know. Each is counted by itself. */
export type Proof = "password" | "passphrase";

export interface Count {
  failures: number;
  lockedUntil: Date | null;
}

/** An attempt that was counted as failed before it was made, so that a thousand at once are not one. */
export interface Attempt {
  /** It was right: the count begins anew. */
  succeeded(): Promise<void>;
  /** It was neither right nor wrong: it is not counted. */
  withdrawn(): Promise<void>;
}

/**
 * Counts an attempt of an account at its login password; for passphrases see beginPassphraseAttempt. After five failures in a row the account rests for 30
 * seconds, twice as long after each further one, up to an hour: TooManyRequestsError says for how long.
 */
export async function beginAttempt(accountId: string): Promise<Attempt> {
  const before = await changeCount(accountId, (count) => {
    if (count.lockedUntil && count.lockedUntil > new Date()) refuseLocked(count.lockedUntil, "password");
    return oneMore(count);
  });
  return {
    async succeeded() {
      await changeCount(accountId, () => ({ failures: 0, lockedUntil: null }));
    },
    async withdrawn() {
      await changeCount(accountId, (now) => oneLess(now, before));
    },
  };
}

/** How a count stands after one more failure. */
export function oneMore({ failures: before }: Count): Count {
  const failures = before + 1;
  if (failures < FAILURES_BEFORE_LOCK) return { failures, lockedUntil: null };
  const seconds = Math.min(LONGEST_LOCK_SECONDS, FIRST_LOCK_SECONDS * 2 ** (failures - FAILURES_BEFORE_LOCK));
  return { failures, lockedUntil: new Date(Date.now() + seconds * 1000) };
}

/** Takes back a failure that came after `before`. A rest that others have earned meanwhile stays. */
export function oneLess(now: Count, before: Count | null): Count {
  const isAlone = now.failures === (before?.failures ?? 0) + 1;
  return { failures: Math.max(0, now.failures - 1), lockedUntil: isAlone ? (before?.lockedUntil ?? null) : now.lockedUntil };
}

export function refuseLocked(until: Date, proof: Proof): never {
  const seconds = Math.max(1, Math.ceil((until.getTime() - Date.now()) / 1000));
  throw new TooManyRequestsError(`Too many wrong ${proof}s for this account. Try again in ${seconds} seconds.`, seconds);
}

/** Changes a count while nobody else can, and answers what it was; null when the account has no credential to count at. */
async function changeCount(accountId: string, change: (count: Count) => Count): Promise<Count | null> {
  return acrossTenants("identity", async (db) => {
    await db.$queryRaw`SELECT account_id FROM credentials WHERE account_id = ${accountId} FOR UPDATE`;
    const row = await db.credential.findUnique({ where: { accountId } });
    if (!row) return null;
    const before = { failures: row.failedAttempts, lockedUntil: row.lockedUntil };
    const { failures: failedAttempts, lockedUntil } = change(before);
    await db.credential.updateMany({ where: { accountId }, data: { failedAttempts, lockedUntil } });
    return before;
  });
}
