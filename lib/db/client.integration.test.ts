import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { createLog } from "#lib/log.ts";

let installation: TestInstallation;
beforeAll(async () => {
  installation = await createTestInstallation();
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

test("the error of a query that cannot be made says why in the log, and repeats none of its values", async () => {
  const lines: string[] = [];
  const log = createLog("error", { write: (line) => void lines.push(line) });
  const wrong = { passwordHash: "a hash that no log may show", lockedUntil: new Date(Number.NaN) };
  const work = acrossTenants("identity", (db) => db.credential.updateMany({ where: { accountId: "acc_none" }, data: wrong }));
  const failure: unknown = await work.catch((error: unknown) => error);
  log.error({ err: failure }, "It failed");
  log.error({ err: new Error("Something else", { cause: failure }) }, "It failed behind another error");
  for (const line of lines) {
    expect(line).toContain("Provided Date object is invalid");
    expect(line).not.toMatch(/a hash that no log may show|acc_none/);
  }
});
