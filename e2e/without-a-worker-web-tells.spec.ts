import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startInstallation } from "#e2e/fixtures/running-installation.ts";
import { type Named, signInByApi } from "#e2e/fixtures/tenant-api.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import { startWebhookReceiver, verified } from "#e2e/servers/webhook-receiver.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "#ops/embedded-postgres.ts";

test("web alone, on a machine of its own, tells that no worker is there and what is overdue", async ({ playwright }) => {
  const dataDir = await mkdtemp(join(tmpdir(), "holdfast-test-e2e-database-"));
  await chmod(dataDir, 0o755);
  const database = await startEmbeddedPostgres({ dataDir, fast: true });
  const receiver = await startWebhookReceiver();
  const web = await startInstallation({
    HOLDFAST_ROLE: "web",
    DATABASE_URL: database.ownerUrl,
    HOLDFAST_MASTER_KEY: randomBytes(32).toString("base64"),
    HOLDFAST_ALLOWED_NETWORKS: "127.0.0.0/8",
    HOLDFAST_DISPATCH_SECONDS: "0.2",
    HOLDFAST_MISSING_SECONDS: "2",
    HOLDFAST_WATCH_SECONDS: "0.5",
  });
  const request = await playwright.request.newContext({ baseURL: web.url });
  try {
    const api = await signInByApi(request, web);
    const [system] = await api.list<Named>("/systems");
    const { secret } = await api.send<{ secret: string }>("POST", "/webhooks", {
      name: "Pager",
      url: `${receiver.origin}/hooks`,
      types: ["worker.missing", "system.overdue"],
    });
    await letWorkerDie(database);
    const told = () => receiver.calls.map((call) => verified(call, secret)) as { type: string; data: object }[];
    await expect
      .poll(
        () =>
          told()
            .map(({ type }) => type)
            .sort(),
        { timeout: 90_000 },
      )
      .toEqual(["system.overdue", "worker.missing"]);
    expect(told().find(({ type }) => type === "system.overdue")?.data).toMatchObject({ systemId: system?.id, lastGoodAt: null });
    const ready = await request.get("/api/ready");
    expect([ready.status(), await ready.text()]).toEqual([503, expect.stringContaining("No worker was seen")]);
  } finally {
    await request.dispose();
    await web.stop();
    await receiver.stop();
    await database.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
});

/** As if a worker had looked for due runs until now, and the policies had covered their systems for ten days. */
async function letWorkerDie({ superuserUrl, ownerUrl }: EmbeddedPostgres): Promise<void> {
  const url = new URL(superuserUrl);
  url.pathname = new URL(ownerUrl).pathname;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query("UPDATE policy_systems SET created_at = clock_timestamp() - interval '10 days'");
    const { rowCount } = await client.query("UPDATE installation SET last_dispatch_at = clock_timestamp(), worker_missing_since = NULL");
    expect(rowCount).toBe(1);
  } finally {
    await client.end();
  }
}
