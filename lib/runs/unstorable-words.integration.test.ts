import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";
import { sealSecrets } from "#lib/tenants/data-key.ts";

// What a server says is written into rows, and PostgreSQL takes neither NUL nor half a surrogate pair.

let installation: TestInstallation;
let sshd: Sshd;
let server: Server;
let folder: BackedUpFolder;
let hostileId: string;

beforeAll(async () => {
  installation = await createTestInstallation();
  [sshd, server] = await Promise.all([startSshd(), startHostileServer()]);
  folder = await createBackedUpFolder(sshd, installation.dataDir);
  const { port } = server.address() as AddressInfo;
  const config = { host: "127.0.0.1", port, security: "plain", tlsTrust: "authorities", user: "anna", path: "/" };
  hostileId = await addDestination(config);
});
afterAll(async () => {
  await closeClients();
  server.close();
  await sshd.stop();
  await installation.remove();
});

test("a destination that answers with characters cut in half makes the run partial, and what it said is told without the half", async () => {
  const { id } = await startBackup.execute(folder.owner, {
    systemId: folder.systemId,
    destinationIds: [folder.destinationId, hostileId],
  });
  await runBackupJob({ tenantId: folder.tenantId, runId: id, worker: { id: newId("worker"), signal: new AbortController().signal } });
  const run = await getRun.execute(folder.owner, { id });
  expect(run).toMatchObject({ status: "partial" });
  expect(run.failure?.message).toContain("go away");
  const told = await withTenant(folder.tenantId, (db) => db.event.findMany({ where: { subjectId: id } }));
  expect(told.map(({ type }) => type)).toEqual(["run.partial"]);
});

/** As of a server that was polite when it was connected. */
async function addDestination(config: Record<string, string | number>): Promise<string> {
  const id = newId("destination");
  await withTenant(folder.tenantId, async (db) => {
    const sealedSecrets = await sealSecrets(db, id, { password: "hush" });
    await db.destination.createMany({ data: [{ id, name: "Hostile", kind: "ftp", config, sealedSecrets }] });
  });
  return id;
}

/** Turns everybody away in words of which those that are quoted end in the middle of an emoji. */
async function startHostileServer(): Promise<Server> {
  const hostile = createServer((socket) => {
    socket.on("error", () => undefined).end(`530 go away! ${"😀".repeat(200)}\r\n`);
  });
  hostile.listen(0, "127.0.0.1");
  await once(hostile, "listening");
  return hostile;
}
