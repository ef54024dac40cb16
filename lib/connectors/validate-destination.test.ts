import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ConnectorContext, DestinationConnector, DestinationSession, Observation } from "#lib/connectors/connector.ts";
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
  ["a folder outside", local, { path: "../holdfast-test-outside" }, "Connect", /lies outside/],
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

/** The local destination as if a server stood before it, which shows a key and takes only whoever pinned it. */
function observing(seen: Observation, opened: unknown[]): DestinationConnector<LocalConfig> {
  return {
    ...local,
    observe: () => Promise.resolve(seen),
    open: (config, ctx) => {
      opened.push(config);
      return local.open({ path: config.path }, ctx);
    },
  };
}

describe("a server that shows who it is", () => {
  const detail = "It is KEY. Compare it.";

  test("is not shown a secret before somebody confirmed it", async () => {
    const opened: unknown[] = [];
    const seen = { detail, observed: { key: "KEY" }, mayGoOn: false };
    const result = await validateDestination(observing(seen, opened), { path: "b" }, context());
    expect(result).toMatchObject({ ok: false, observed: { key: "KEY" }, steps: [{ name: "Identify the server", ok: false }] });
    expect(result.steps[0]?.detail).toBe(`${detail} When both are the same, validate again with it: only then are the credentials sent.`);
    expect(opened).toEqual([]);
  });

  test("is tried with what it showed where nothing secret is sent, and that is to be confirmed", async () => {
    const opened: unknown[] = [];
    const result = await validateDestination(
      observing({ detail, observed: { key: "KEY" }, mayGoOn: true }, opened),
      { path: "b" },
      context(),
    );
    expect(result).toMatchObject({ ok: true, observed: { key: "KEY" }, steps: [{ detail }, {}, {}, {}, {}, {}] });
    expect(opened).toEqual([{ path: "b", key: "KEY" }]);
  });

  test("has nothing to confirm when it is the pinned one", async () => {
    const result = await validateDestination(observing({ detail, observed: {}, mayGoOn: false }, []), { path: "b" }, context());
    expect(result.ok).toBe(true);
    expect(result).not.toHaveProperty("observed");
  });
});
