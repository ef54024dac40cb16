import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closeClients } from "#lib/db/client.ts";
import { serverUrl } from "#lib/db/login-roles.ts";
import { forgetEnv } from "#lib/env.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "#ops/embedded-postgres.ts";
import { prepareDatabase } from "#ops/prepare-database.ts";

/** An installation of its own, on a PostgreSQL of its own. */
export interface BenchInstallation {
  dataDir: string;
  environment: Record<string, string>;
  /** Ends the database server at once, as a power cut would, and waits until it is gone. */
  breakDown(): Promise<void>;
  /** Starts it again on the same port. */
  comeBack(): Promise<void>;
  remove(): Promise<void>;
}

/** Makes this process, and whoever gets the environment, such an installation. */
export async function makeInstallation(extra: Readonly<Record<string, string>>): Promise<BenchInstallation> {
  const dataDir = mkdtempSync(join(tmpdir(), "holdfast-bench-kill-"));
  chmodSync(dataDir, 0o755);
  process.once("exit", () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  let server: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir, fast: true });
  const masterKey = randomBytes(32);
  await prepareDatabase({ ownerUrl: server.ownerUrl, masterKey });
  const environment = {
    HOLDFAST_DATABASE_SERVER: serverUrl(server.ownerUrl),
    HOLDFAST_MASTER_KEY: masterKey.toString("base64"),
    HOLDFAST_DATA: dataDir,
    HOLDFAST_ALLOWED_NETWORKS: "embedded-default",
    LOG_LEVEL: "fatal",
    ...extra,
  };
  Object.assign(process.env, environment);
  forgetEnv();
  return {
    dataDir,
    environment,
    async breakDown() {
      process.kill(server.pid, "SIGQUIT");
      await server.exited;
    },
    async comeBack() {
      server = await startEmbeddedPostgres({ dataDir, fast: true, port: server.port });
    },
    async remove() {
      await closeClients();
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
