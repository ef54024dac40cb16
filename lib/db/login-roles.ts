import { createHash, createHmac, hkdfSync, pbkdf2Sync, randomBytes } from "node:crypto";
import pg from "pg";

/** Every role that a process of the application signs in as; the database knows it as `holdfast_<role>`. */
export const loginRoles = ["app", "scheduler", "identity", "operator", "queue"] as const;

export type LoginRole = (typeof loginRoles)[number];

/**
 * Creates the login roles that are absent and gives each the password that derives from the master key.
 * Runs before the migrations, because their policies and grants name the roles.
 *
 * @param owner a connection as the database's owner, who may create roles; roles belong to the whole server,
 *   so one server serves one installation
 * @throws when a role has a password of another master key (then nothing was changed), or has rights that would void row-level security
 */
export async function ensureLoginRoles(owner: pg.Client, ownerUrl: string, masterKey: Buffer): Promise<void> {
  const known = await owner.query<{ rolname: string; rolsuper: boolean; rolbypassrls: boolean }>(
    "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = ANY($1)",
    [loginRoles.map(databaseRole)],
  );
  const unsafe = known.rows.find((role) => role.rolsuper || role.rolbypassrls);
  if (unsafe) {
    throw new Error(
      `The database role ${unsafe.rolname} may bypass row-level security; run ALTER ROLE ${unsafe.rolname} NOSUPERUSER NOBYPASSRLS as an administrator.`,
    );
  }
  const names = new Set(known.rows.map((role) => role.rolname));
  for (const role of loginRoles) {
    if (!names.has(databaseRole(role))) await createLoginRole(owner, role, masterKey);
    else await checkPassword(ownerUrl, role, masterKey);
  }
}

/** Gives every login role the password that derives from another master key; part of the caller's transaction. */
export async function changeRolePasswords(owner: pg.Client, masterKey: Buffer): Promise<void> {
  for (const role of loginRoles) {
    await owner.query(`ALTER ROLE ${databaseRole(role)} PASSWORD '${scramVerifier(rolePassword(role, masterKey))}'`);
  }
}

/** Whether the login roles' passwords are those of this master key. */
export async function isMasterKeyOf(ownerUrl: string, masterKey: Buffer): Promise<boolean> {
  return canSignIn(ownerUrl, "app", masterKey);
}

/** The URL by which a role signs in: server, port, database and options of `baseUrl`, whose own credentials are dropped. */
export function loginUrl(baseUrl: string, role: LoginRole, masterKey: Buffer): string {
  const url = new URL(baseUrl);
  url.username = databaseRole(role);
  url.password = rolePassword(role, masterKey);
  return url.toString();
}

/** `baseUrl` without anybody's credentials: what the processes of the application are told. */
export function serverUrl(baseUrl: string): string {
  const url = new URL(baseUrl);
  url.username = "";
  url.password = "";
  return url.toString();
}

/** A role's name in the database. */
export function databaseRole(role: LoginRole): string {
  return `holdfast_${role}`;
}

function rolePassword(role: LoginRole, masterKey: Buffer): string {
  return Buffer.from(hkdfSync("sha256", masterKey, "", `postgres-role:${databaseRole(role)}`, 32)).toString("base64url");
}

async function createLoginRole(owner: pg.Client, role: LoginRole, masterKey: Buffer): Promise<void> {
  const verifier = scramVerifier(rolePassword(role, masterKey));
  await owner.query(
    `CREATE ROLE ${databaseRole(role)} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD '${verifier}'`,
  );
}

async function checkPassword(ownerUrl: string, role: LoginRole, masterKey: Buffer): Promise<void> {
  if (await canSignIn(ownerUrl, role, masterKey)) return;
  throw new Error(
    `The master key is not the one that this database was set up with (${databaseRole(role)} cannot sign in): put back the old master.key or HOLDFAST_MASTER_KEY.`,
  );
}

/** Signing in is the only way to learn whether a password is ours: only superusers may read the stored verifiers. */
async function canSignIn(ownerUrl: string, role: LoginRole, masterKey: Buffer): Promise<boolean> {
  const client = new pg.Client({ connectionString: loginUrl(ownerUrl, role, masterKey), connectionTimeoutMillis: 15_000 });
  try {
    await client.connect();
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError && ["28P01", "28000"].includes(error.code ?? "")) return false;
    throw error;
  } finally {
    await client.end();
  }
}

/**
 * What PostgreSQL stores for a password (RFC 5803, RFC 7677), so that the password itself never travels
 * nor lands in a statement log. Our passwords are ASCII, for which SASLprep changes nothing.
 */
function scramVerifier(password: string, iterations = 4096): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  const sign = (text: string) => createHmac("sha256", salted).update(text).digest();
  const storedKey = createHash("sha256").update(sign("Client Key")).digest();
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey.toString("base64")}:${sign("Server Key").toString("base64")}`;
}
