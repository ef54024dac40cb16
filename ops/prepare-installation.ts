import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { serverUrl } from "#lib/db/login-roles.ts";
import type { Env } from "#lib/env.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";
import type { EmbeddedPostgres } from "./embedded-postgres.ts";
import { ensureMasterKey } from "./master-key.ts";
import { prepareDatabase } from "./prepare-database.ts";
import { finishRotation } from "./rotate-master-key.ts";

export interface Installation {
  /** What the application's processes are told: everything but the owner's way into the database. */
  environment: NodeJS.ProcessEnv;
  /** The embedded server; null where DATABASE_URL names another one. */
  database: EmbeddedPostgres | null;
}

/** Data folder, master key, database server, login roles, migrations: all that must be there before web and worker. */
export async function prepareInstallation(settings: Env): Promise<Installation> {
  if (settings.HOLDFAST_ROLE !== "worker") await refuseTakenPort(settings);
  makeFolders(settings);
  let masterKey = ensureMasterKey(settings);
  const database = settings.DATABASE_URL ? null : await startEmbeddedPostgres({ dataDir: settings.HOLDFAST_DATA });
  const ownerUrl = database?.ownerUrl ?? settings.DATABASE_URL ?? "";
  try {
    if (await finishRotation(settings.HOLDFAST_DATA, ownerUrl)) masterKey = ensureMasterKey(settings);
    const applied = await prepareDatabase({ ownerUrl, masterKey: masterKey.key });
    if (applied.length > 0) console.log(`Database brought up to date (${applied.length} ${applied.length === 1 ? "step" : "steps"}).`);
  } catch (error) {
    if (!database) masterKey.discard();
    await database?.stop();
    throw error;
  }
  return { environment: environmentOf(settings, ownerUrl), database };
}

async function refuseTakenPort({ PORT: port, HOLDFAST_HOST: host }: Env): Promise<void> {
  const probe = createServer();
  try {
    probe.listen(port, host);
    await once(probe, "listening");
  } catch (error) {
    const reason =
      error instanceof Error && "code" in error && error.code === "EADDRINUSE" ? "is in use by another program" : String(error);
    throw new Error(`Port ${port} of ${host} ${reason}: stop that one, or set PORT to another.`, { cause: error });
  }
  probe.close();
  await once(probe, "close");
}

function makeFolders({ HOLDFAST_DATA: dataDir, HOLDFAST_LOCAL_ROOTS: localRoots }: Env): void {
  // The embedded server, which is not root, passes through the data folder but cannot list it.
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  for (const root of localRoots) mkdirSync(root, { recursive: true, mode: 0o700 });
}

function environmentOf(settings: Env, ownerUrl: string): NodeJS.ProcessEnv {
  const {
    DATABASE_URL: _owner,
    HOLDFAST_OWNER_PASSWORD: _password,
    HOLDFAST_OWNER_EMAIL: _email,
    HOLDFAST_TENANT: _tenant,
    ...rest
  } = process.env;
  const networks = settings.HOLDFAST_ALLOWED_NETWORKS;
  return {
    ...rest,
    PORT: String(settings.PORT),
    HOLDFAST_URL: settings.HOLDFAST_URL,
    HOLDFAST_DATA: settings.HOLDFAST_DATA,
    HOLDFAST_DATABASE_SERVER: serverUrl(ownerUrl),
    HOLDFAST_ALLOWED_NETWORKS: typeof networks === "string" ? networks : networks.join(",") || "none",
  };
}
