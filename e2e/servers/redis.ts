import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { findFreePort } from "./free-port.ts";

export interface RedisServer {
  url: string;
  /** The server's own process. */
  pid: number;
  /** Everything gone at once, as after a crash without persistence. */
  flush(): Promise<void>;
  /** Killed, and started again with nothing in it, on the same port. */
  restartEmpty(): Promise<void>;
  /** The keys that the server holds and that are like `pattern`. */
  keys(pattern: string): Promise<string[]>;
  stop(): Promise<void>;
}

/** A Redis of its own on a free loopback port, which keeps nothing on disk (Debian: package redis-server). */
export async function startRedis(): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-test-redis-"));
  const port = await findFreePort();
  const options = ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder, "--save", "", "--appendonly", "no"];
  let server = await launch(options);
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url, { retryStrategy: () => 100, maxRetriesPerRequest: null });
  // Until the server listens, and once it ends: the commands wait or fail by themselves.
  client.on("error", () => undefined);
  await client.ping();
  return {
    url,
    get pid() {
      return server.pid ?? 0;
    },
    async flush() {
      await client.flushall();
    },
    async restartEmpty() {
      await end(server, "SIGKILL");
      server = await launch(options);
      await client.ping();
    },
    keys: (pattern) => client.keys(pattern),
    async stop() {
      client.disconnect();
      await end(server, "SIGTERM");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launch(options: string[]): Promise<ChildProcess> {
  const child = spawn("redis-server", options, { stdio: "ignore" });
  await once(child, "spawn");
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = once(child, "close");
  child.kill(signal);
  await ended;
}
