import { beginAttempt } from "#lib/auth/attempts.ts";
import { verifyPassword } from "#lib/auth/passwords.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";

/** An id that no account has: for it, everything takes as long and comes to nothing. */
const NOBODY = "nobody";

/** Whether `password` is the account's. Wrong ones are counted: see beginAttempt, which throws TooManyRequestsError. */
export async function checkPassword(accountId: string | null, password: string): Promise<boolean> {
  const attempt = await beginAttempt(accountId ?? NOBODY);
  const credential = await acrossTenants("identity", (db) => db.credential.findUnique({ where: { accountId: accountId ?? NOBODY } }));
  try {
    const matches = await verifyPassword(password, credential?.passwordHash ?? null);
    if (matches) await attempt.succeeded();
    return matches;
  } catch (error) {
    await attempt.withdrawn();
    throw error;
  }
}
