import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { ensureFolder, ensurePassphrase } from "#e2e/fixtures/furnished-tenant.ts";
import { owner } from "#e2e/fixtures/owner.ts";
import { type Named, signInByApi } from "#e2e/fixtures/tenant-api.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import { runInTerminal } from "#lib/crypto/terminal-fixture.ts";

test("a backup is made and downloaded in one go, and opens without Holdfast", async ({ page, holdfast, sshd, expectProblem }) => {
  const api = await signInByApi(page.request, holdfast);
  await ensurePassphrase(api);
  const system = await api.get<Named>(`/systems/${await ensureFolder(api, sshd)}`);
  const folder = await mkdtemp(join(tmpdir(), "holdfast-test-download-"));
  try {
    await test.step("back up and download", () => backUpAndDownload(page, folder, system.name));
    // The wrong login password.
    expectProblem(422);
    const keyFile = await test.step("take the protected key file away", () => downloadKeyFile(page, folder));
    await test.step("open it with age, zstd and tar", async () => {
      const line = await page.getByText(/^age -d -i /).innerText();
      expect(line).toContain(keyFile);
      await runInTerminal(line, { cwd: folder, prompt: /passphrase/, answers: [owner.passphrase] });
      expect(await readFile(join(folder, "entries", "main.conf"), "utf8")).toBe("listen 80\n");
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

async function backUpAndDownload(page: Page, folder: string, system: string): Promise<void> {
  await page.goto(`/t/${owner.slug}/backups`);
  await page.getByRole("button", { name: "Back up and download" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("System").selectOption({ label: system });
  await dialog.getByLabel("Passphrase", { exact: true }).fill(owner.passphrase);
  await dialog.getByLabel("Passphrase again").fill("something else");
  await dialog.getByLabel("Your login password").fill(owner.password);
  await dialog.getByRole("button", { name: "Back up and download" }).click();
  await expect(dialog.getByLabel("Passphrase again")).toHaveAccessibleDescription(/The two are not the same/);
  await dialog.getByLabel("Passphrase again").fill(owner.passphrase);
  const downloading = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Back up and download" }).click();
  await expect(dialog.getByRole("listitem").filter({ hasText: "Fetch back and prove" })).toBeVisible();
  const download = await downloading;
  await expect(dialog.getByText("The download has begun", { exact: true })).toBeVisible();
  await download.saveAs(join(folder, download.suggestedFilename()));
  await dialog.getByRole("button", { name: "Close", exact: true }).first().click();
}

async function downloadKeyFile(page: Page, folder: string): Promise<string> {
  await page.getByRole("table", { name: "Backups" }).getByRole("row").nth(1).getByRole("link").first().click();
  await page.getByRole("button", { name: "Download protected key file" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Your login password").fill("not the login password");
  await dialog.getByRole("button", { name: "Download key file" }).click();
  await expect(dialog.getByLabel("Your login password")).toHaveAccessibleDescription(/This is not your login password/);
  await dialog.getByLabel("Your login password").fill(owner.password);
  const downloading = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Download key file" }).click();
  const download = await downloading;
  await download.saveAs(join(folder, download.suggestedFilename()));
  return download.suggestedFilename();
}
