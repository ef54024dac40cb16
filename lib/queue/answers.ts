import { Redis } from "ioredis";
import pg from "pg";
import { loginUrl } from "#lib/db/login-roles.ts";
import { env } from "#lib/env.ts";
import { databaseServerUrl, masterKey } from "#lib/installation.ts";
import { log } from "#lib/log.ts";

const PATIENCE_MS = 3000;

/** Whether the queue's server (Redis, or PostgreSQL as the queue's own role) answers within three seconds. The reason for a no is logged. */
export async function queueAnswers(): Promise<boolean> {
  const { REDIS_URL } = env();
  try {
    await (REDIS_URL ? askRedis(REDIS_URL) : askPostgres());
    return true;
  } catch (error) {
    log.warn({ err: error }, "Not ready: the queue does not answer");
    return false;
  }
}

async function askRedis(url: string): Promise<void> {
  const options = { connectTimeout: PATIENCE_MS, commandTimeout: PATIENCE_MS, maxRetriesPerRequest: 0, retryStrategy: () => null };
  const client = new Redis(url, { ...options, lazyConnect: true });
  // What goes wrong is what the calls below throw.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.ping();
  } finally {
    client.disconnect();
  }
}

async function askPostgres(): Promise<void> {
  const connectionString = loginUrl(databaseServerUrl(), "queue", masterKey());
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: PATIENCE_MS, query_timeout: PATIENCE_MS });
  try {
    await client.connect();
    await client.query("SELECT 1");
  } finally {
    await client.end();
  }
}
