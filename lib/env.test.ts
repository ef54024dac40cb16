import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { EnvError, readEnv } from "#lib/env.ts";

describe("an empty environment", () => {
  const env = readEnv({ PORT: "", LOG_LEVEL: "  " });

  test("serves one machine on loopback with everything embedded", () => {
    expect(env.PORT).toBe(3000);
    expect(env.HOLDFAST_HOST).toBe("127.0.0.1");
    expect(env.HOLDFAST_URL).toBe("http://localhost:3000");
    expect(env.HOLDFAST_ROLE).toBe("all");
    expect(env.HOLDFAST_DATA).toBe(resolve("data"));
    expect(env.HOLDFAST_LOCAL_ROOTS).toEqual([join(resolve("data"), "local")]);
    expect(env.DATABASE_URL).toBeUndefined();
    expect(env.HOLDFAST_ALLOWED_NETWORKS).toBe("embedded-default");
  });
});

describe("derived values", () => {
  test("the public address follows the port", () => {
    expect(readEnv({ PORT: "8080" }).HOLDFAST_URL).toBe("http://localhost:8080");
    expect(readEnv({ HOLDFAST_URL: "https://backup.example.com/" }).HOLDFAST_URL).toBe("https://backup.example.com");
  });

  test("private networks are closed as soon as the database is external", () => {
    expect(readEnv({ DATABASE_URL: "postgresql://u:p@db/holdfast" }).HOLDFAST_ALLOWED_NETWORKS).toEqual([]);
    expect(readEnv({ HOLDFAST_DATABASE_SERVER: "postgresql://127.0.0.1:5555/holdfast" }).HOLDFAST_ALLOWED_NETWORKS).toEqual([]);
    expect(readEnv({ HOLDFAST_ALLOWED_NETWORKS: "none" }).HOLDFAST_ALLOWED_NETWORKS).toEqual([]);
    expect(readEnv({ HOLDFAST_ALLOWED_NETWORKS: "10.1.0.0/16, fd12::/16" }).HOLDFAST_ALLOWED_NETWORKS).toEqual([
      "10.1.0.0/16",
      "fd12::/16",
    ]);
  });

  test("local roots are a list", () => {
    expect(readEnv({ HOLDFAST_LOCAL_ROOTS: "/mnt/a:/mnt/b" }).HOLDFAST_LOCAL_ROOTS).toEqual(["/mnt/a", "/mnt/b"]);
  });
});

describe("a wrong value stops with one line that names the variable", () => {
  test.each([
    ["PORT", { PORT: "0" }],
    ["PORT", { PORT: "80a" }],
    ["PORT", { PORT: "65536" }],
    ["HOLDFAST_URL", { HOLDFAST_URL: "backup.example.com" }],
    ["HOLDFAST_URL", { HOLDFAST_URL: "https://backup.example.com/app" }],
    ["HOLDFAST_LOCAL_ROOTS", { HOLDFAST_LOCAL_ROOTS: "backups" }],
    ["DATABASE_URL", { DATABASE_URL: "mysql://u:hunter2@db/x" }],
    ["REDIS_URL", { REDIS_URL: "localhost:6379" }],
    ["HOLDFAST_ROLE", { HOLDFAST_ROLE: "both" }],
    ["HOLDFAST_MASTER_KEY", { HOLDFAST_MASTER_KEY: "hunter2" }],
    ["HOLDFAST_OWNER_EMAIL", { HOLDFAST_OWNER_EMAIL: "owner" }],
    ["HOLDFAST_TENANT", { HOLDFAST_TENANT: "My Tenant" }],
    ["HOLDFAST_ALLOWED_NETWORKS", { HOLDFAST_ALLOWED_NETWORKS: "10.0.0.0/33" }],
    ["HOLDFAST_DEADMAN_URL", { HOLDFAST_DEADMAN_URL: "https://user:hunter2@watch.example.com/ping" }],
    ["HOLDFAST_DEADMAN_URL", { HOLDFAST_DEADMAN_URL: "https://token@watch.example.com/ping" }],
    ["WORKER_CONCURRENCY", { WORKER_CONCURRENCY: "1" }],
    ["LOG_LEVEL", { LOG_LEVEL: "loud" }],
  ])("%s", (name, source) => {
    const message = messageOf(source);
    expect(message.startsWith(`${name} must `)).toBe(true);
    expect(message).not.toContain("\n");
    expect(message).not.toContain("hunter2");
  });
});

describe("a contradiction stops with the mend", () => {
  test("several machines need one database", () => {
    expect(messageOf({ HOLDFAST_ROLE: "worker" })).toMatch(/^HOLDFAST_ROLE is worker, .*DATABASE_URL/);
    expect(readEnv({ HOLDFAST_ROLE: "worker", DATABASE_URL: "postgresql://u:p@db/holdfast" }).HOLDFAST_ROLE).toBe("worker");
  });

  test("the owner and single sign-on come whole or not at all", () => {
    expect(messageOf({ HOLDFAST_OWNER_EMAIL: "o@example.com" })).toMatch(/^HOLDFAST_OWNER_PASSWORD and HOLDFAST_TENANT must be set/);
    expect(messageOf({ OIDC_ISSUER: "https://id.example.com", OIDC_CLIENT_ID: "x" })).toMatch(/^OIDC_CLIENT_SECRET must be set/);
  });

  test("a lease outlives two heartbeats", () => {
    expect(messageOf({ HOLDFAST_LEASE_SECONDS: "10" })).toMatch(/^HOLDFAST_HEARTBEAT_SECONDS must be/);
    expect(readEnv({ HOLDFAST_LEASE_SECONDS: "2", HOLDFAST_HEARTBEAT_SECONDS: "0.5" }).HOLDFAST_HEARTBEAT_SECONDS).toBe(0.5);
  });
});

function messageOf(source: Record<string, string>): string {
  try {
    readEnv(source);
  } catch (error) {
    if (error instanceof EnvError) return error.message;
    throw error;
  }
  throw new Error("The environment was accepted.");
}
