import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ConnectorContext, DestinationConnector, DestinationSession } from "#lib/connectors/connector.ts";
import { local, type LocalConfig } from "#lib/connectors/destinations/local.ts";
import { validateDestination } from "#lib/connectors/validate-destination.ts";
import { createAddressGuard } from "#lib/net/address-guard.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "holdfast-validate-"));
});
afterAll(() => rm(root, { recursive: true }));

const context = (): ConnectorContext => ({
  signal: new AbortController().signal,
  localRoots: [root],
  network: createAddressGuard({ allowed: [] }),
});

/** The local destination with one thing about it broken. */
function broken(change: (session: DestinationSession) => Partial<DestinationSession>): DestinationConnector<LocalConfig> {
  return {
    ...local,
    async open(config, ctx) {
      const session = await local.open(config, ctx);
      return { ...session, ...change(session) };
    },
  };
}

test("a destination that works passes every step and is left clean", async () => {
  const result = await validateDestination(local, { path: "backups" }, context());
  expect(result.ok).toBe(true);
  expect(result.steps.map(({ name, ok }) => [name, ok])).toEqual([
    ["Connect", true],
    ["Write a probe", true],
    ["Read it back", true],
    ["Compare", true],
    ["Delete it", true],
  ]);
  expect(await readdir(path.join(root, "backups"))).toEqual([]);
});

test.each<[string, DestinationConnector<LocalConfig>, LocalConfig, string, RegExp]>([
  ["a folder outside", local, { path: "../x" }, "Connect", /lies outside/],
  [
    "one that cannot be written",
    broken(() => ({ put: () => Promise.reject(new Error("no")) })),
    { path: "b" },
    "Write a probe",
    /It failed: no\./,
  ],
  ["one that cannot be read", broken(() => ({ get: () => Promise.reject(new Error("no")) })), { path: "b" }, "Read it back", /no/],
  [
    "one that damages",
    broken(() => ({ get: () => Promise.resolve(Readable.from([Buffer.from("other")])) })),
    { path: "b" },
    "Compare",
    /damages data/,
  ],
  [
    "one that keeps what is removed",
    broken(() => ({ stat: () => Promise.resolve({ sizeBytes: 1 }) })),
    { path: "b" },
    "Delete it",
    /still there/,
  ],
])("%s fails at its step, and leaves nothing", async (_what, connector, config, step, sentence) => {
  const result = await validateDestination(connector, config, context());
  expect(result.ok).toBe(false);
  expect(result.steps.at(-1)).toMatchObject({ name: step, ok: false });
  expect(result.steps.at(-1)?.detail).toMatch(sentence);
  expect(result.steps.slice(0, -1).every(({ ok }) => ok)).toBe(true);
  expect(await readdir(path.join(root, config.path)).catch(() => [])).toEqual([]);
});
