import { existsSync } from "node:fs";
import { join } from "node:path";
import { closeClients } from "#lib/db/client.ts";
import { serverUrl } from "#lib/db/login-roles.ts";
import { type Env, env, forgetEnv } from "#lib/env.ts";
import { type EmbeddedPostgres, runningPort, startEmbeddedPostgres } from "./embedded-postgres.ts";
import { readMasterKeyFile, masterKeyFile } from "./master-key.ts";
import { prepareDatabase } from "./prepare-database.ts";

/**
 * Lets a command of the operator work on the installation's database as the application does, through its login roles: the external one, the embedded one of
 * a Holdfast that runs, or the embedded one started for the command alone, which is then brought up to date as at a start. Throws with a sentence.
 */
export async function withDatabase<Result>(work: () => Promise<Result>): Promise<Result> {
  const settings = env();
  const database = settings.DATABASE_URL ? null : await reachEmbedded(settings);
  const networks = settings.HOLDFAST_ALLOWED_NETWORKS;
  process.env["HOLDFAST_DATABASE_SERVER"] = serverUrl(database?.url ?? settings.DATABASE_URL ?? "");
  // Named, because with a server that is named another default holds.
  process.env["HOLDFAST_ALLOWED_NETWORKS"] = typeof networks === "string" ? networks : networks.join(",") || "none";
  forgetEnv();
  try {
    return await work();
  } finally {
    await closeClients();
    await database?.started?.stop();
  }
}

async function reachEmbedded(settings: Env): Promise<{ url: string; started: EmbeddedPostgres | null }> {
  const { HOLDFAST_DATA: dataDir } = settings;
  if (!existsSync(join(dataDir, "postgres/cluster"))) {
    throw new Error(
      `There is no installation in ${dataDir}: start Holdfast once with npm start and make the owner and the tenant, or set HOLDFAST_DATA or DATABASE_URL to the one you mean.`,
    );
  }
  const port = runningPort(dataDir);
  if (port !== null) return { url: `postgresql://127.0.0.1:${port}/holdfast`, started: null };
  const started = await startEmbeddedPostgres({ dataDir });
  try {
    const given = settings.HOLDFAST_MASTER_KEY;
    const masterKey = given ? Buffer.from(given, "base64") : readMasterKeyFile(masterKeyFile(settings));
    await prepareDatabase({ ownerUrl: started.ownerUrl, masterKey });
    return { url: started.ownerUrl, started };
  } catch (error) {
    await started.stop();
    throw error;
  }
}
