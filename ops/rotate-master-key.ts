import { randomBytes } from "node:crypto";
import { existsSync, linkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { CryptoError } from "#lib/crypto/crypto-error.ts";
import { deriveSecret, unwrapDataKey, wrapDataKey } from "#lib/crypto/data-key.ts";
import { changeRolePasswords, databaseRole, isMasterKeyOf, loginRoles } from "#lib/db/login-roles.ts";
import { type Env, env } from "#lib/env.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";
import { masterKeyFile, readMasterKeyFile } from "./master-key.ts";
import { prepareDatabase } from "./prepare-database.ts";

const LOOKS = 10;

/** The command: gives this installation another master key while it is stopped. Returns the exit code. */
export async function rotateMasterKey(settings: Env = env()): Promise<number> {
  const given = keyFromEnvironment(settings);
  const database = settings.DATABASE_URL ? null : await startEmbeddedPostgres({ dataDir: settings.HOLDFAST_DATA });
  const ownerUrl = database?.ownerUrl ?? settings.DATABASE_URL ?? "";
  try {
    await finishRotation(settings.HOLDFAST_DATA, ownerUrl);
    const { HOLDFAST_MASTER_KEY: present } = settings;
    const before = present ? Buffer.from(present, "base64") : readMasterKeyFile(masterKeyFile(settings));
    const after = given ?? randomBytes(32);
    await prepareDatabase({ ownerUrl, masterKey: before });
    if (!given) writeFileSync(nextFile(settings.HOLDFAST_DATA), `${after.toString("base64")}\n`, { mode: 0o600, flush: true });
    const tenants = await rewrap(ownerUrl, before, after);
    console.log(
      `The data keys of ${tenants} ${tenants === 1 ? "tenant are" : "tenants are"} wrapped by the new master key; everybody signs in again.`,
    );
    console.log(given ? "Now set HOLDFAST_MASTER_KEY to the new one on every machine, and start." : putInPlace(settings.HOLDFAST_DATA));
    return 0;
  } finally {
    await database?.stop();
  }
}

/**
 * Ends a rotation that was killed between the database and the file: whichever key wraps the tenants' data keys by now is the master key.
 * Answers whether the file changed. Throws, and leaves both keys where they are, when neither does.
 */
export async function finishRotation(dataDir: string, ownerUrl: string): Promise<boolean> {
  const next = nextFile(dataDir);
  if (!existsSync(next)) return false;
  const isNew = await isWrapping(ownerUrl, readMasterKeyFile(next), readMasterKeyFile(masterKeyFile({ HOLDFAST_DATA: dataDir })));
  if (isNew) putInPlace(dataDir);
  else rmSync(next);
  return isNew;
}

/** Whether `next` is in force, and not `present`. A role's password proves nothing where the server trusts whoever asks, so it decides only where no tenant does. */
async function isWrapping(ownerUrl: string, next: Buffer, present: Buffer): Promise<boolean> {
  const wrapped = await readWrapped(ownerUrl);
  if (wrapped.length === 0) return isMasterKeyOf(ownerUrl, next);
  if (wrapped.some((each) => opens(next, each))) return true;
  if (wrapped.some((each) => opens(present, each))) return false;
  throw new Error(
    "Neither master.key nor master.key.next opens what this database holds: put the master key of this installation back as master.key, and start again.",
  );
}

function opens(masterKey: Buffer, { id, wrapped }: WrappedKey): boolean {
  try {
    unwrapDataKey(masterKey, wrapped, id);
    return true;
  } catch (error) {
    if (error instanceof CryptoError) return false;
    throw error;
  }
}

interface WrappedKey {
  id: string;
  wrapped: string;
}

/** Every tenant's wrapped data key. The owner obeys row-level security too; lifting it is rolled back. */
async function readWrapped(ownerUrl: string): Promise<WrappedKey[]> {
  const owner = new pg.Client({ connectionString: ownerUrl, application_name: "holdfast-rotate" });
  await owner.connect();
  try {
    const table = await owner.query<{ name: string | null }>("SELECT to_regclass('tenants')::text AS name");
    if (!table.rows[0]?.name) return [];
    await owner.query("BEGIN");
    await owner.query("ALTER TABLE tenants NO FORCE ROW LEVEL SECURITY");
    const tenants = await owner.query<WrappedKey>("SELECT id, wrapped_data_key AS wrapped FROM tenants");
    await owner.query("ROLLBACK");
    return tenants.rows;
  } finally {
    await owner.end();
  }
}

/** One transaction: every tenant's data key, and the passwords that derive from the master key. Answers the number of tenants. */
export async function rewrap(ownerUrl: string, before: Buffer, after: Buffer): Promise<number> {
  const owner = new pg.Client({ connectionString: ownerUrl, application_name: "holdfast-rotate" });
  await owner.connect();
  try {
    await refuseWhileInUse(owner);
    await owner.query("BEGIN");
    // The owner obeys row-level security too; it is lifted, and put back, within this transaction.
    for (const table of ["tenants", "installation"]) await owner.query(`ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`);
    await keepInstallationName(owner, before);
    const tenants = await owner.query<WrappedKey>("SELECT id, wrapped_data_key AS wrapped FROM tenants FOR UPDATE");
    for (const { id, wrapped } of tenants.rows) {
      const wrappedAnew = wrapDataKey(after, unwrapDataKey(before, wrapped, id), id);
      await owner.query("UPDATE tenants SET wrapped_data_key = $1 WHERE id = $2", [wrappedAnew, id]);
    }
    for (const table of ["tenants", "installation"]) await owner.query(`ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`);
    await changeRolePasswords(owner, after);
    await owner.query("COMMIT");
    return tenants.rows.length;
  } finally {
    await owner.end();
  }
}

/** Web and workers hold the old key in memory, and would go on with it. */
async function refuseWhileInUse(owner: pg.Client): Promise<void> {
  for (let look = 1; ; look++) {
    const using = await owner.query("SELECT 1 FROM pg_stat_activity WHERE usename = ANY($1) AND datname = current_database()", [
      loginRoles.map(databaseRole),
    ]);
    if (using.rows.length === 0) return;
    // The server takes a moment to let a closed connection go.
    if (look === LOOKS) throw new Error("Holdfast is running on this database: stop it on every machine, then change the master key.");
    await delay(200);
  }
}

/** Its first name derived from the master key; it stays. */
async function keepInstallationName(owner: pg.Client, masterKey: Buffer): Promise<void> {
  const name = deriveSecret(masterKey, "name the installation").subarray(0, 16).toString("hex");
  await owner.query("INSERT INTO installation (id, name) VALUES ('this', $1) ON CONFLICT DO NOTHING", [name]);
}

function keyFromEnvironment({ HOLDFAST_MASTER_KEY: present, HOLDFAST_NEW_MASTER_KEY: wanted }: Env): Buffer | null {
  if (!present && !wanted) return null;
  if (present && wanted) return Buffer.from(wanted, "base64");
  throw new Error(
    present
      ? "HOLDFAST_NEW_MASTER_KEY must name the new key where HOLDFAST_MASTER_KEY names the present one."
      : "HOLDFAST_NEW_MASTER_KEY is only for where HOLDFAST_MASTER_KEY names the present key: here the key lies in a file, and a new one is made.",
  );
}

/** The old key stays beside: it opens dumps of the database from before. There is a master.key at every moment. */
function putInPlace(dataDir: string): string {
  const file = masterKeyFile({ HOLDFAST_DATA: dataDir });
  const old = `${file}.until-${new Date().toISOString().replaceAll(/[:.]/g, "-")}`;
  linkSync(file, old);
  renameSync(nextFile(dataDir), file);
  return `${file} holds the new key. Dumps of the database from before need the old one, which is now ${old}: keep it with them, or remove it.`;
}

function nextFile(dataDir: string): string {
  return join(dataDir, "master.key.next");
}
