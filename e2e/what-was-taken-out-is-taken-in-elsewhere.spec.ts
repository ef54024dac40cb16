import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Page } from "@playwright/test";
import { ensurePassphrase } from "#e2e/fixtures/furnished-tenant.ts";
import { looksWell } from "#e2e/fixtures/looks-well.ts";
import { owner } from "#e2e/fixtures/owner.ts";
import { type RunningInstallation, startInstallation } from "#e2e/fixtures/running-installation.ts";
import { signIn } from "#e2e/fixtures/sign-in.ts";
import { type Named, signInByApi, type TenantApi } from "#e2e/fixtures/tenant-api.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import type { Sshd } from "#e2e/servers/sshd.ts";
import type { RestoreDto } from "#lib/restores/schemas.ts";
import type { SettingsDto } from "#lib/settings/schemas.ts";

const run = promisify(execFile);
const MADE = 3;
const systemName = "Mail server";

test("what is exported from one Holdfast is taken in by another, where a person opens its key and lets retention go on", async ({
  page,
  holdfast,
  sshd,
  openOtherBrowser,
  expectProblem,
}) => {
  test.slow();
  // Wrong passwords and passphrases, and sessions that a restore ended.
  expectProblem(422);
  expectProblem(401);
  const api = await signInByApi(page.request, holdfast);
  await ensurePassphrase(api);
  const system = await makeSystemWithBackups(api, sshd);
  const { tenantId } = await api.get<SettingsDto>("/settings");
  const folder = await mkdtemp(join(tmpdir(), "holdfast-test-elsewhere-"));
  const other = await startInstallation();
  const there = await openOtherBrowser(other.url);
  try {
    const tars = [
      await test.step("export a system's backups", () => exportSystem(page, system, { tenantId, folder })),
      await exportByApi(page, api, folder),
    ];
    const thereApi = await signInByApi(there.request, other);
    await ensurePassphrase(thereApi);
    await test.step("take them in from a folder of another machine", () => takeIn(thereApi, { other, tenantId, tars }));
    await test.step("open the key that was found", () => openKey(there, thereApi));
    await test.step("bring the policies back", () => restoreConfiguration(there, thereApi));
    await test.step("let retention decide about what was found", () => letRetentionDecide(there, thereApi, system));
  } finally {
    // Before its server goes, which its page would notice.
    await there.context().close();
    await other.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

/** A folder with three backups of a policy, which keeps only one of them from its next run on. */
async function makeSystemWithBackups(api: TenantApi, sshd: Sshd): Promise<Named> {
  const path = join(sshd.root, "mail");
  await mkdir(path, { recursive: true });
  await writeFile(join(path, "aliases"), "postmaster: root\n");
  const { host, port, user, privateKey } = sshd;
  const config = { host, port, user, privateKey, path, hostKey: `ssh-ed25519 ${sshd.hostKeyFingerprint}` };
  const system = await api.send<Named>("POST", "/systems", { name: systemName, kind: "folder", config });
  const destination = (await api.list<Named>("/destinations")).find(({ kind }) => kind === "local");
  const policy = await api.send<Named>("POST", "/policies", {
    name: "Mail",
    systemIds: [system.id],
    destinationIds: [destination?.id],
    schedule: { kind: "daily", at: "01:00", timeZone: "UTC" },
    retention: { keepLast: 30 },
  });
  for (let count = 0; count < MADE; count += 1) {
    const { items } = await api.send<{ items: { id: string }[] }>("POST", `/policies/${policy.id}/runs`);
    await expect.poll(async () => (await api.get<{ status: string }>(`/runs/${items[0]?.id ?? ""}`)).status).toBe("completed");
  }
  await api.send("PATCH", `/policies/${policy.id}`, { retention: { keepLast: 1 }, acknowledgeDeletes: 2, password: owner.password });
  return system;
}

async function exportSystem(page: Page, { id }: Named, { tenantId, folder }: { tenantId: string; folder: string }): Promise<string> {
  await page.goto(`/t/${owner.slug}/systems/${id}`);
  await page.getByRole("button", { name: "Export all backups" }).click();
  const dialog = page.getByRole("dialog", { name: `Export all backups of “${systemName}”` });
  await dialog.getByLabel("Your login password").fill("not the login password");
  await dialog.getByRole("button", { name: "Export all backups" }).click();
  await expect(dialog.getByLabel("Your login password")).toHaveAccessibleDescription(/This is not your login password/);
  await looksWell(page, "export");
  await dialog.getByLabel("Your login password").fill(owner.password);
  const downloading = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Export all backups" }).click();
  const download = await downloading;
  await expect(page.getByText("The export has begun.", { exact: false })).toBeVisible();
  expect(download.suggestedFilename()).toMatch(/\.tar$/);
  const tar = join(folder, "system.tar");
  await download.saveAs(tar);

  const names = (await run("tar", ["tf", tar])).stdout.trim().split("\n");
  const archives = names.filter((name) => name.startsWith(`${tenantId}/${id}/`));
  expect(archives.filter((name) => name.endsWith(".tar.zst.age"))).toHaveLength(MADE);
  expect(archives.filter((name) => name.endsWith(".json"))).toHaveLength(MADE);
  expect(names.filter((name) => name.startsWith(`${tenantId}/keys/`))).toHaveLength(1);
  expect([names[0], names.at(-1)]).toEqual(["README.txt", "SHA256SUMS"]);
  const checked = join(folder, "checked");
  await mkdir(checked);
  await run("tar", ["xf", tar, "-C", checked]);
  await run("sha256sum", ["--check", "--strict", "--quiet", "SHA256SUMS"], { cwd: checked });
  return tar;
}

/** The configuration's backups, by the same link as the page follows. */
async function exportByApi(page: Page, api: TenantApi, folder: string): Promise<string> {
  const configuration = (await api.list<Named>("/systems")).find(({ kind }) => kind === "tenant-configuration");
  await api.backUp(configuration?.id ?? "");
  const { url } = await api.send<{ url: string }>("POST", `/systems/${configuration?.id ?? ""}/exports`, { password: owner.password });
  const tar = join(folder, "configuration.tar");
  await writeFile(tar, await (await page.request.get(url)).body());
  return tar;
}

interface Taken {
  other: RunningInstallation;
  tenantId: string;
  tars: string[];
}

async function takeIn(api: TenantApi, { other, tenantId, tars }: Taken): Promise<void> {
  const { tenantId: hereId } = await api.get<SettingsDto>("/settings");
  const shelf = join(other.dataDir, "local", hereId, "shelf");
  await mkdir(shelf, { recursive: true });
  for (const tar of tars) await run("tar", ["xf", tar, "-C", shelf]);
  await api.send("POST", "/destinations", { name: "Shelf", kind: "local", config: { path: "shelf" } });
  const place = ["--tenant", owner.slug, "--destination", "Shelf", "--folder", tenantId];
  const cli = ["--disable-warning=ExperimentalWarning", "ops/cli.ts", "catalogue", "rebuild", ...place];
  const { stdout } = await run(process.execPath, cli, { env: { ...process.env, HOLDFAST_DATA: other.dataDir } });
  expect(stdout).toMatch(/\d+ backups found, \d+ new to the catalogue\./);
}

async function openKey(page: Page, api: TenantApi): Promise<void> {
  await page.goto(`/t/${owner.slug}/keys`);
  const found = page.getByRole("table", { name: "Older keys" }).getByRole("row").filter({ hasText: "Found, not opened yet" });
  await expect(found.first()).toBeVisible();
  await looksWell(page, "keys-with-a-found-one");
  await found.first().getByRole("link").first().click();
  await expect(page.getByText("This key was found in a destination")).toBeVisible();
  await page.getByLabel("Passphrase", { exact: true }).fill("not the passphrase at all");
  await page.getByLabel("Your login password").fill(owner.password);
  await page.getByRole("button", { name: "Open this key" }).click();
  await expect(page.getByLabel("Passphrase", { exact: true })).toHaveAccessibleDescription(/does not open/);
  await looksWell(page, "found-key");
  await page.getByLabel("Passphrase", { exact: true }).fill(owner.passphrase);
  await page.getByRole("button", { name: "Open this key" }).click();
  await expect(page.getByText("The key is open. Its backups can be used here.")).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText("This key was found in a destination")).toBeHidden();
  const backups = await api.list<{ origin: string; authenticity: string; systemName: string }>("/backups");
  const mail = backups.filter((backup) => backup.origin === "rebuild" && backup.systemName === systemName);
  expect(mail.map(({ authenticity }) => authenticity)).toEqual(Array.from({ length: MADE }, () => "signed"));
}

/** The newest backup of the other tenant's configuration, restored into this one's. */
async function restoreConfiguration(page: Page, api: TenantApi): Promise<void> {
  const target = (await api.list<Named>("/systems")).find(({ kind }) => kind === "tenant-configuration");
  const backups = await api.list<{ id: string; origin: string; systemKind: string }>("/backups");
  const newest = backups.find(({ origin, systemKind }) => origin === "rebuild" && systemKind === "tenant-configuration");
  const { passphrase, password } = owner;
  const input = { backupId: newest?.id, targetSystemId: target?.id, passphrase };
  const { id } = await api.send<RestoreDto>("POST", "/restores", input);
  await expect.poll(async () => (await api.get<RestoreDto>(`/restores/${id}`)).status, { timeout: 60_000 }).toBe("planned");
  const { plan } = await api.get<RestoreDto>(`/restores/${id}`);
  // A page that is open when its session ends goes to the sign-in by itself, at a moment of its own.
  await page.goto("about:blank");
  expect(plan?.changes).toContainEqual(expect.objectContaining({ part: "Policies", action: "add", subject: "Mail" }));
  await api.send("POST", `/restores/${id}/execution`, { planHash: plan?.hash, passphrase, password });
  // It ends all sessions.
  await expect
    .poll(async () => (await page.request.get(`/api/v1/tenants/${owner.slug}/restores/${id}`)).status(), { timeout: 60_000 })
    .toBe(401);
  await page.goto("/sign-in");
  await signIn(page, owner);
  await expect(page.getByRole("heading", { level: 1, name: /^Backed up/ })).toBeVisible();
}

async function letRetentionDecide(page: Page, api: TenantApi, { id }: Named): Promise<void> {
  await page.goto(`/t/${owner.slug}/systems/${id}`);
  await expect(page.getByText(`Retention waits for ${MADE} backups`)).toBeVisible();
  await looksWell(page, "held-retention");
  await page.getByRole("button", { name: "Look and decide" }).click();
  const dialog = page.getByRole("dialog", { name: "Let retention delete 2 backups" });
  await dialog.getByText(`Keeps 1, deletes 2 of the present ${MADE} backups`, { exact: false }).click();
  const decisions = dialog.getByRole("list", { name: "What becomes of each backup" }).getByRole("listitem");
  await expect(decisions).toHaveCount(MADE);
  await expect(decisions.filter({ hasText: "Deletes" })).toHaveCount(2);
  await expect(decisions.nth(0)).toContainText("Keeps");
  await looksWell(page, "held-retention-decision");
  await dialog.getByLabel("Your login password").fill("not the login password");
  await dialog.getByRole("button", { name: "Let retention delete 2 backups" }).click();
  await expect(dialog.getByLabel("Your login password")).toHaveAccessibleDescription(/This is not your login password/);
  const held = () => api.get<{ held: number }>(`/systems/${id}/retention`).then(({ held: count }) => count);
  expect(await held()).toBe(MADE);
  await dialog.getByLabel("Your login password").fill(owner.password);
  await dialog.getByRole("button", { name: "Let retention delete 2 backups" }).click();
  await expect(page.getByText("Retention decides about these backups from now on.")).toBeVisible();
  await expect(page.getByText("Retention waits for")).toBeHidden();
  expect(await held()).toBe(0);
}
