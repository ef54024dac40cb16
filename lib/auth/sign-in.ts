import { checkPassword } from "#lib/auth/check-password.ts";
import { openSession, type SessionClaim } from "#lib/auth/sessions.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";

export interface SignIn {
  email: string;
  password: string;
  address: string | null;
  userAgent: string | null;
}

/** Opens a session when the password is right; null when it is wrong or nobody has that address, which look alike. */
export async function signIn({ email, password, address, userAgent }: SignIn): Promise<(SessionClaim & { accountId: string }) | null> {
  const wanted = email.trim().toLowerCase();
  const account = await acrossTenants("identity", (db) => db.account.findUnique({ where: { email: wanted }, select: { id: true } }));
  if (!(await checkPassword(account?.id ?? null, password)) || !account) return null;
  return { accountId: account.id, ...(await openSession(account.id, { address, userAgent })) };
}
