import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { closeClients } from "#lib/db/client.ts";
import { reapTable } from "#lib/queue/reap-table.ts";

let installation: TestInstallation;

beforeAll(async () => {
  installation = await createTestInstallation({ HOLDFAST_LEASE_SECONDS: "4", HOLDFAST_HEARTBEAT_SECONDS: "1" });
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

test("a row that cannot be given up keeps none of the others back, and has another try at the next look", async () => {
  let nowMs = 0;
  const tried: string[] = [];
  const held = ["poisoned", "sound"].map((key) => ({ key, holder: "dead", beat: 1 }));
  const giveUp = ({ key }: { key: string }) => {
    tried.push(key);
    return key === "poisoned" ? Promise.reject(new Error("This row cannot be written.")) : Promise.resolve();
  };
  const look = reapTable({ held: () => Promise.resolve(held), giveUp }, () => nowMs);
  for (; nowMs <= 6000; nowMs += 2000) await look();
  expect(tried).toEqual(["poisoned", "sound", "poisoned", "sound"]);
});
