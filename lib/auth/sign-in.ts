import { oneMore, refuseLocked } from "#lib/auth/attempts.ts";
import { checkPassword } from "#lib/auth/check-password.ts";
import { openSession, type SessionClaim } from "#lib/auth/sessions.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";

export interface SignIn {
  email: string;
  password: string;
  address: string | null;
  userAgent: string | null;
}

/** More than any account's address or password has: nobody is looked up for them, and nothing long is hashed. */
const LONGEST_EMAIL = 254;
const LONGEST_PASSWORD = 1024;

/**
 * Opens a session when the password is right; null when it is wrong or nobody has that address. The two look alike, the rest after too many
 * wrong ones included: TooManyRequestsError.
 */
export async function signIn({ email, password, address, userAgent }: SignIn): Promise<(SessionClaim & { accountId: string }) | null> {
  const wanted = email.trim().toLowerCase();
  if (wanted.length > LONGEST_EMAIL || password.length > LONGEST_PASSWORD || /\0/.test(wanted + password)) return null;
  const account = await acrossTenants("identity", (db) => db.account.findUnique({ where: { email: wanted }, select: { id: true } }));
  if (!account) countUnknown(wanted);
  if (!(await checkPassword(account?.id ?? null, password)) || !account) return null;
  return { accountId: account.id, ...(await openSession(account.id, { address, userAgent })) };
}

/** Counts of addresses that nobody has; the oldest is forgotten first. */
const unknown = new Map<string, ReturnType<typeof oneMore>>();
const MOST_UNKNOWN = 10_000;

/** As beginAttempt counts at an account, so that being locked does not tell that there is one. */
function countUnknown(email: string): void {
  const count = unknown.get(email) ?? { failures: 0, lockedUntil: null };
  if (count.lockedUntil && count.lockedUntil > new Date()) refuseLocked(count.lockedUntil, "password");
  unknown.delete(email);
  unknown.set(email, oneMore(count));
  const oldest = unknown.keys().next();
  if (unknown.size > MOST_UNKNOWN && !oldest.done) unknown.delete(oldest.value);
}
