import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { forgetEnv } from "#lib/env.ts";
import type { TestDatabase } from "./postgres.ts";
import { createTestDatabase } from "./postgres.ts";

export interface TestInstallation {
  database: TestDatabase;
  /** HOLDFAST_DATA, a folder of its own. */
  dataDir: string;
  /** The environment of this installation, for processes that a test starts. */
  environment: Record<string, string>;
  /** Forgets the environment, drops the database, removes the folder. Close the clients first. */
  remove(): Promise<void>;
}

/**
 * Makes this test process an installation of its own: a database, a data folder, and the environment that names them.
 * Call it before anything reads env(); `extra` adds or changes variables.
 */
export async function createTestInstallation(extra: Readonly<Record<string, string>> = {}): Promise<TestInstallation> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), "holdfast-test-data-"));
  await chmod(dataDir, 0o755);
  const environment = {
    HOLDFAST_DATABASE_SERVER: database.serverUrl,
    HOLDFAST_MASTER_KEY: database.masterKey.toString("base64"),
    HOLDFAST_DATA: dataDir,
    HOLDFAST_ALLOWED_NETWORKS: "embedded-default",
    LOG_LEVEL: "error",
    ...extra,
  };
  Object.assign(process.env, environment);
  forgetEnv();
  return {
    database,
    dataDir,
    environment,
    async remove() {
      for (const name of Object.keys(environment)) Reflect.deleteProperty(process.env, name);
      forgetEnv();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
