import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { ensureFolder, ensurePassphrase } from "#e2e/fixtures/furnished-tenant.ts";
import { owner } from "#e2e/fixtures/owner.ts";
import { type Named, signInByApi } from "#e2e/fixtures/tenant-api.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import type { BackupDto } from "#lib/backups/schemas.ts";
import type { SettingsDto } from "#lib/settings/schemas.ts";

test("a damaged copy is noticed, and made anew from a good one", async ({ page, holdfast, sshd }) => {
  const api = await signInByApi(page.request, holdfast);
  await ensurePassphrase(api);
  const systemId = await ensureFolder(api, sshd);
  const [local] = (await api.list<Named>("/destinations")).filter(({ kind }) => kind === "local");
  const run = await api.send<{ id: string }>("POST", "/backups", { systemId, destinationIds: [local?.id] });
  const ended = () => api.get<{ status: string; backupId: string | null }>(`/runs/${run.id}`);
  await expect(async () => expect(await ended()).toMatchObject({ status: "completed" })).toPass();
  const backupId = (await ended()).backupId ?? "";
  const backup = () => api.get<BackupDto>(`/backups/${backupId}`);
  const { tenantId } = await api.get<SettingsDto>("/settings");
  const archive = join(holdfast.dataDir, "local", tenantId, (await backup()).copies[0]?.objectKey ?? "");
  const proof = page.locator("section").filter({ has: page.getByRole("heading", { name: "Proof", exact: true }) });

  await page.goto(`/t/${owner.slug}/backups/${backupId}`);
  await test.step("with the passphrase, everything is proven anew", async () => {
    await verify(page, owner.passphrase);
    await expect(proof.getByText("opened, and every entry checked")).toBeVisible();
  });
  await test.step("one byte on the disk changes: verifying says so, and so does the overview", async () => {
    await flipByte(archive);
    await verify(page, null);
    await expect(proof.getByText("This backup failed its verification")).toBeVisible();
    await expect(page.getByRole("table", { name: "Copies" }).getByText("Damaged", { exact: true })).toBeVisible();
    await page.goto(`/t/${owner.slug}`);
    await expect(page.getByText(/failed its verification/).first()).toBeVisible();
  });
  await test.step("it was the disk's cable: the byte is back, and so is the proof", async () => {
    await flipByte(archive);
    await page.goto(`/t/${owner.slug}/backups/${backupId}`);
    await verify(page, null);
    await expect(proof.getByText("every copy compared byte for byte")).toBeVisible();
  });
  const { id: shelf } = await api.send<Named>("POST", "/destinations", {
    name: "Second shelf",
    kind: "local",
    config: { path: "second-shelf" },
  });
  await test.step("a second copy is one press away", async () => {
    await page.reload();
    await page.getByRole("button", { name: "Add a copy" }).click();
    await page.getByRole("menuitem", { name: "Second shelf" }).click();
    const row = page.getByRole("table", { name: "Copies" }).getByRole("row").filter({ hasText: "Second shelf" });
    await expect(row.getByText("Stored", { exact: true })).toBeVisible();
  });
  await test.step("from then on, damage is mended by itself, and stays in the audit log", async () => {
    await flipByte(archive);
    await verify(page, null);
    await expect(async () =>
      expect(await backup()).toMatchObject({ verificationFailure: null, verification: { status: "failed" } }),
    ).toPass();
    expect((await backup()).copies.map(({ status }) => status)).toEqual(["stored", "stored"]);
    await page.goto(`/t/${owner.slug}/audit`);
    await expect(page.getByRole("table").getByText("A backup failed its verification").first()).toBeVisible();
  });
  await api.send("DELETE", `/destinations/${shelf}`);
});

/** Presses Verify; without the passphrase, the copies are only compared. */
async function verify(page: Page, passphrase: string | null): Promise<void> {
  await page.getByRole("button", { name: "Verify backup" }).click();
  const dialog = page.getByRole("dialog");
  if (passphrase !== null) await dialog.getByLabel("Passphrase", { exact: true }).fill(passphrase);
  await dialog.getByRole("button", { name: passphrase === null ? "Compare copies only" : "Open and verify" }).click();
  await expect(dialog).toBeHidden();
}

async function flipByte(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes[bytes.length - 30] = (bytes[bytes.length - 30] ?? 0) ^ 1;
  await writeFile(path, bytes);
}
