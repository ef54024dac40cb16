import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createDeadMan, deadManRound } from "#lib/alarms/dead-man.ts";
import { log } from "#lib/log.ts";

let calls = 0;
let answer: RequestListener;
let reason: string | null = null;
const server = createServer((request, response) => {
  calls += 1;
  answer(request, response);
});
beforeEach(async () => {
  calls = 0;
  reason = null;
  answer = (_request, response) => response.end();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  server.close();
});

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping`;
const deadMan = (timeoutMs?: number) => createDeadMan(url(), () => Promise.resolve(reason), timeoutMs);

test("calls while nothing speaks against it, and not otherwise", async () => {
  const man = deadMan();
  expect(await man.call()).toBe(true);
  reason = "The clock is wrong.";
  expect(await man.call()).toBe(false);
  expect(calls).toBe(1);
});

test.each([500, 404, 301])("an answer of %d is none, and no redirect is followed", async (status) => {
  answer = (_request, response) => response.writeHead(status, { location: "/elsewhere" }).end();
  expect(await deadMan().call()).toBe(false);
  expect(calls).toBe(1);
});

test("gives up an address that takes too long, and one where nobody listens", async () => {
  answer = () => undefined;
  expect(await deadMan(50).call()).toBe(false);
  const nobody = createDeadMan("http://127.0.0.1:1/", () => Promise.resolve(null));
  expect(await nobody.call()).toBe(false);
});

test("a question that fails is a reason not to call", async () => {
  const man = createDeadMan(url(), () => Promise.reject(new Error("no database")));
  expect(await man.call()).toBe(false);
  expect(calls).toBe(0);
});

test("logs once that it is not called, and once that it is again", async () => {
  const [warn, info] = [vi.spyOn(log, "warn"), vi.spyOn(log, "info")];
  const man = deadMan();
  reason = "The clock is wrong.";
  for (let times = 0; times < 5; times += 1) await man.call();
  expect(warn).toHaveBeenCalledTimes(1);
  reason = null;
  for (let times = 0; times < 3; times += 1) await man.call();
  expect(info).toHaveBeenCalledTimes(1);
  expect(JSON.stringify([...warn.mock.calls, ...info.mock.calls])).not.toContain("/ping");
});

test("what is logged of a call that cannot be made never shows the address", async () => {
  const warn = vi.spyOn(log, "warn");
  const man = createDeadMan("http://user:hidden@127.0.0.1:1/secret-path", () => Promise.resolve(null));
  for (let times = 0; times < 2; times += 1) await man.call();
  expect(warn).toHaveBeenCalledTimes(1);
  expect(inspect(warn.mock.calls, { depth: 9 })).not.toMatch(/hidden|secret-path/);
});

test("the round waits after a call that went well, and calls again as soon as all is well after one that did not", async () => {
  const round = deadManRound(deadMan(), 3_600_000);
  reason = "The clock is wrong.";
  await round();
  reason = null;
  for (let times = 0; times < 3; times += 1) await round();
  expect(calls).toBe(1);
});
