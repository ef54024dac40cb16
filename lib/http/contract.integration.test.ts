import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { sessionCookie } from "#lib/auth/session.ts";
import type { Context } from "#lib/auth/context.ts";
import { closeClients } from "#lib/db/client.ts";
import { env } from "#lib/env.ts";
import { operations } from "#lib/http/operations.ts";
import { route } from "#lib/http/route.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";
import { createTestTenant, TEST_PASSWORD, type TestTenant } from "#lib/tenants/tenant-fixture.ts";
import { type Registration, registerWorker } from "#worker/registration.ts";

// What programs rely on, over the real request handlers: names, types, states and status codes that may not change.

type Json = Record<string, unknown>;
interface Answer {
  status: number;
  body: Json;
}

let installation: TestInstallation;
let tenant: TestTenant;
let worker: Registration;

beforeAll(async () => {
  installation = await createTestInstallation();
  tenant = await createTestTenant();
  worker = await registerWorker();
});
afterAll(async () => {
  await worker.end();
  await closeClients();
  await installation.remove();
});

test("systems", async () => {
  const [system] = await list("/systems");
  expect(system).toMatchObject({
    id: prefixed("sys"),
    name: "This tenant's configuration",
    kind: "tenant-configuration",
    config: {},
    version: null,
    connectorInstalled: true,
    lastBackup: null,
    maintenance: null,
  });
  const steps = [{ ok: true, name: any(String), detail: any(String), durationMs: any(Number) }];
  const validated = await call("POST", `/systems/${idOf(system)}/validate`);
  expect(validated).toMatchObject({ status: 200, body: { ok: true, steps: expect.arrayContaining(steps) as unknown } });
  expect((await call("PATCH", `/systems/${idOf(system)}`, { name: "Own" })).body).toMatchObject({ name: "Own" });
  expect((await call("GET", `/systems/${idOf(system)}`)).body["name"]).toBe("Own");
});

test("destinations", async () => {
  const made = await call("POST", "/destinations", { name: "Second folder", kind: "local", config: { path: "second" } });
  expect(made).toMatchObject({
    status: 201,
    body: { id: prefixed("dst"), name: "Second folder", kind: "local", config: { path: "second" } },
  });
  const { body } = await call("POST", "/destinations/validate", { kind: "local", config: { path: "second" } });
  expect((body["steps"] as Json[]).map(({ name }) => name)).toEqual(["Connect", "Write a probe", "Read it back", "Compare", "Delete it"]);
  expect((await call("DELETE", `/destinations/${idOf(made.body)}`)).status).toBe(200);
  expect((await call("GET", `/destinations/${idOf(made.body)}`)).status).toBe(404);
});

test("policies, every kind of schedule, and their preview", async () => {
  const [daily] = await list("/policies");
  expect(daily).toMatchObject({
    id: prefixed("pol"),
    name: "Daily",
    enabled: true,
    systemIds: [prefixed("sys")],
    destinationIds: [prefixed("dst")],
    schedule: { kind: "daily", at: "01:00", timeZone: "UTC" },
    onChange: false,
    retention: { keepLast: 30 },
    attempts: 3,
    windowMinutes: 60,
    catchUp: "latest",
  });
  const schedules = [
    { kind: "daily", at: "01:00", timeZone: "UTC" },
    { kind: "interval", everyDays: 2, at: ["01:00"], timeZone: "Europe/Berlin" },
    { kind: "hours", at: ["01:00", "13:00"], timeZone: "UTC" },
    { kind: "cron", expression: "30 2 * * 1-5", timeZone: "UTC" },
  ];
  const retention = { keepLast: 1, keepDays: 2, keepDaily: 3, keepWeekly: 4, keepMonthly: 5, keepYearly: 6 };
  for (const schedule of schedules) {
    const { systemIds, destinationIds } = daily ?? {};
    const made = await call("POST", "/policies", { name: schedule.kind, systemIds, destinationIds, schedule, retention });
    expect(made).toMatchObject({ status: 201, body: { schedule, retention } });
    expect((await call("DELETE", `/policies/${idOf(made.body)}`)).status).toBe(200);
    const preview = await call("POST", "/policies/preview", { schedule, retention, systemIds });
    expect(preview).toMatchObject({ status: 200, body: { schedule: any(String), retention: any(String) } });
    const runs = preview.body["nextRuns"] as string[];
    expect(runs).toHaveLength(10);
    for (const run of runs) expect(run).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z$/);
  }
  const words = await call("POST", "/policies/preview", { schedule: schedules[0] });
  expect(words.body).toMatchObject({ schedule: "Every day at 01:00 UTC", retention: null });
});

test("backups, runs, restores and keys, from the first backup to a plan", async () => {
  const [system] = await list("/systems");
  const started = await call("POST", "/backups", { systemId: idOf(system) });
  expect(started).toMatchObject({ status: 202, body: { id: prefixed("run"), trigger: "person", policyId: null, backupId: null } });
  const runId = idOf(started.body);
  await runBackupJob({ tenantId: tenant.id, runId, worker: { id: worker.id, signal: new AbortController().signal } });
  const run = await call("GET", `/runs/${runId}`);
  expect(run.body).toMatchObject({
    systemId: idOf(system),
    dueAt: any(String),
    status: "completed",
    waitingFor: null,
    progress: { step: "finish" },
    failure: null,
    backupId: prefixed("bak"),
  });
  expect((await call("POST", `/runs/${runId}/cancel`)).status).toBe(409);
  expect((await call("POST", `/runs/${runId}/retry`)).status).toBe(409);

  const backup = await call("GET", `/backups/${String(run.body["backupId"])}`);
  const [destination] = await list("/destinations");
  expect(backup.body).toMatchObject({
    systemId: idOf(system),
    runId,
    createdAt: any(String),
    sizeBytes: any(Number),
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
    keyId: prefixed("key"),
    formatVersion: 1,
    systemVersion: null,
    productVersion: any(String),
    includesSecrets: any(Boolean),
    proven: "valid",
    verifiedAt: any(String),
    pinned: false,
    copies: [{ destinationId: idOf(destination), objectKey: any(String), status: "stored" }],
  });

  const wrong = { backupId: idOf(backup.body), targetSystemId: idOf(system), parts: ["members"] };
  expect((await call("POST", "/restores", wrong)).status).toBe(422);
  const planned = await call("POST", "/restores", { backupId: idOf(backup.body), targetSystemId: idOf(system) });
  expect(planned).toMatchObject({ status: 202, body: { id: prefixed("rst"), status: "planning", plan: null, report: null } });
  expect((await call("POST", `/restores/${idOf(planned.body)}/cancel`)).body).toMatchObject({ status: "cancelled" });
  expect((await call("DELETE", `/backups/${idOf(backup.body)}`, { acknowledgeLast: true })).body).toMatchObject({ id: idOf(backup.body) });
});

test("keys", async () => {
  expect((await list("/keys"))[0]).toMatchObject({ id: prefixed("key"), mode: "managed", retiredAt: null });
  const passphrase = "seven otters paint the harbour";
  const first = await call("PUT", "/keys/current", { mode: "passphrase", passphrase, hint: "the wall" });
  expect(first.body).toMatchObject({
    id: prefixed("key"),
    mode: "passphrase",
    fingerprint: expect.stringMatching(/^[0-9A-F]{16}$/) as unknown,
    recipient: expect.stringMatching(/^age1/) as unknown,
    createdAt: any(String),
    retiredAt: null,
    hint: "the wall",
    recoveryRecipients: [],
    backupCount: 0,
  });
  expect(await call("PUT", "/keys/current", { mode: "off" })).toMatchObject({ status: 422 });
  const off = await call("PUT", "/keys/current", { mode: "passphrase", passphrase: "", password: TEST_PASSWORD, code: "000000" });
  expect(off.body).toMatchObject({ mode: "off" });
  const file = await call("POST", `/keys/${idOf(first.body)}/identity`, { password: TEST_PASSWORD });
  expect(JSON.stringify(file.body)).toContain("BEGIN AGE ENCRYPTED FILE");
});

test("members, invitations, audit, settings", async () => {
  expect((await list("/members"))[0]).toMatchObject({ id: prefixed("mem"), role: "owner", email: tenant.owner.actor.email });
  const invited = await call("POST", "/invitations", { email: "new@example.com", role: "viewer" });
  expect(invited).toMatchObject({ status: 201, body: { url: expect.stringContaining("/invitation#") as unknown } });
  expect((await list("/audit?limit=1"))[0]).toMatchObject({ id: prefixed("aud") });
  expect((await call("GET", "/settings")).body).toMatchObject({ name: any(String) });
});

test("a list is cut at its limit and goes on at its cursor", async () => {
  const first = await call("GET", "/audit?limit=2");
  expect(first.body["items"]).toHaveLength(2);
  const next = await call("GET", `/audit?limit=2&cursor=${String(first.body["nextCursor"])}`);
  const ids = [first, next].flatMap(({ body }) => (body["items"] as Json[]).map(idOf));
  expect(new Set(ids).size).toBe(4);
});

describe("what is refused", () => {
  test.each([
    ["{", "is not JSON"],
    ["[]", "must be a JSON object"],
    ["null", "must be a JSON object"],
    [" ".repeat(1024 * 1024 + 1), "larger than 1 MiB"],
  ])("a body that cannot be read is 400 (%#)", async (text, words) => {
    const answer = await call("POST", "/systems", text);
    expect(answer).toMatchObject({ status: 400, body: { title: "Bad request", status: 400, code: "bad-request" } });
    expect(answer.body["detail"]).toContain(words);
  });

  test("bad input is 422 with a message per field", async () => {
    const answer = await call("POST", "/policies", {
      name: "",
      systemIds: [],
      schedule: { kind: "cron", expression: "99 * * * *", timeZone: "Mars" },
    });
    expect(answer).toMatchObject({ status: 422, body: { type: "about:blank", code: "invalid-input" } });
    const paths = (answer.body["errors"] as { path: string }[]).map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining(["name", "systemIds", "destinationIds", "schedule.expression", "schedule.timeZone", "retention"]),
    );
  });

  test("what does not pass Validate is 422 with the steps, on create and on patch", async () => {
    const failed = {
      status: 422,
      body: { code: "validation-failed", steps: [{ name: "Connect", ok: false, detail: any(String), durationMs: any(Number) }] },
    };
    const config = { path: "../elsewhere" };
    expect(await call("POST", "/destinations", { name: "Out", kind: "local", config })).toMatchObject(failed);
    const [destination] = await list("/destinations");
    expect(await call("PATCH", `/destinations/${idOf(destination)}`, { config })).toMatchObject(failed);
    const silent = await silentPort();
    const server = { host: "127.0.0.1", port: silent.port, user: "u", authentication: "password", password: "p", path: "/" };
    expect(await call("POST", "/systems", { name: "Silent", kind: "folder", config: server })).toMatchObject({
      status: 422,
      body: { code: "validation-failed" },
    });
    await silent.close();
  });

  test("a passphrase or password in the address is not read", async () => {
    const [key] = await list("/keys");
    expect(await call("POST", `/keys/${idOf(key)}/identity?password=${encodeURIComponent(TEST_PASSWORD)}`)).toMatchObject({
      status: 422,
      body: { errors: [{ path: "password" }] },
    });
  });

  test("without a session 401, without the permission 403, elsewhere 404", async () => {
    const [system] = await list("/systems");
    const path = `/systems/${idOf(system)}`;
    expect(await call("GET", path, undefined, null)).toMatchObject({ status: 401, body: { code: "not-signed-in" } });
    expect(await call("PATCH", path, { name: "Mine" }, await tenant.addMember("viewer"))).toMatchObject({
      status: 403,
      body: { code: "forbidden" },
    });
    const other = await createTestTenant();
    expect(await call("GET", path, undefined, other.owner)).toMatchObject({ status: 404 });
    expect(await call("GET", path, undefined, other.owner, other.id)).toMatchObject({ status: 404, body: { code: "not-found" } });
  });

  test("a repeated Idempotency-Key does the work once", async () => {
    const body = { name: "Once", kind: "local", config: { path: "once" } };
    const headers = { "idempotency-key": "order-1" };
    const first = await call("POST", "/destinations", body, tenant.owner, tenant.id, headers);
    const second = await call("POST", "/destinations", body, tenant.owner, tenant.id, headers);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual({ id: idOf(first.body) });
  });
});

const any = (type: unknown): unknown => expect.any(type);
const prefixed = (prefix: string): unknown => expect.stringMatching(new RegExp(`^${prefix}_[0-9a-z]{26}$`));
const idOf = (thing: Json | undefined) => String(thing?.["id"]);

async function list(path: string): Promise<Json[]> {
  const { status, body } = await call("GET", path);
  expect(status).toBe(200);
  expect(Object.keys(body).sort()).toEqual(["items", "nextCursor"]);
  return body["items"] as Json[];
}

/** One request through the handler of the operation at this address; `body` is sent as JSON, a text as it is. */
async function call(
  method: string,
  path: string,
  body?: Json | string,
  who: Context | null = tenant.owner,
  tenantId = tenant.id,
  more: Record<string, string> = {},
): Promise<Answer> {
  const url = new URL(`${env().HOLDFAST_URL}/api/v1/tenants/${tenantId}${path}`);
  const { operation, parameters } = operationAt(method, path.split("?")[0] ?? "");
  const cookie = who ? (await sessionCookie(who.actor.accountId, { sessionId: who.actor.sessionId, version: 1 })).split(";")[0] : undefined;
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const headers = { ...(cookie && { cookie }), ...(text !== undefined && { "content-length": String(text.length) }), ...more };
  const request = new Request(url, { method, headers, ...(text !== undefined && { body: text }) });
  const response = await route(operation)(request, { params: Promise.resolve({ tenant: tenantId, ...parameters }) });
  expect(response.headers.get("content-type")).toMatch(response.ok ? /^application\/json/ : /^application\/problem\+json/);
  return { status: response.status, body: (await response.json()) as Json };
}

function operationAt(method: string, path: string) {
  const exact = operations.find(({ http }) => http.method === method && http.path === path);
  if (exact) return { operation: exact, parameters: {} };
  for (const operation of operations) {
    const pattern = new RegExp(`^${operation.http.path.replace("{id}", "(?<id>[^/]+)")}$`);
    const found = operation.http.method === method ? pattern.exec(path) : null;
    if (found) return { operation, parameters: { ...found.groups } };
  }
  throw new Error(`No operation is open at ${method} ${path}.`);
}

/** A port that accepts and hangs up at once. */
async function silentPort(): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port.");
  return { port: address.port, close: () => new Promise((done) => server.close(() => done())) };
}
