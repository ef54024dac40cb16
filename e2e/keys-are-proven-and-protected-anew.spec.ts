import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Download, Page } from "@playwright/test";
import { furnish } from "#e2e/fixtures/furnished-tenant.ts";
import { owner } from "#e2e/fixtures/owner.ts";
import { signInByApi, type TenantApi } from "#e2e/fixtures/tenant-api.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import { runInTerminal } from "#lib/crypto/terminal-fixture.ts";
import type { KeyDto } from "#lib/keys/schemas.ts";

const NEXT = "pepper-glacier-monkey-atlas-drum-fossil";
const keys = `/t/${owner.slug}/keys`;

test("a key is proven here and on one's own machine, printed, and put under a new passphrase", async ({
  page,
  holdfast,
  sshd,
  expectProblem,
}) => {
  test.slow();
  const api = await signInByApi(page.request, holdfast);
  const { keyId, backupId } = await furnish(api, sshd);
  // A wrong passphrase.
  expectProblem(422);
  await test.step("prove it by the passphrase", () => proveByPassphrase(page, api, keyId));
  await test.step("prove it with age, without showing the passphrase", () => proveWithAge(page, api, keyId));
  await test.step("print the recovery sheet", () => printSheet(page, api, keyId));
  await test.step("read the truth about a forgotten passphrase", () => readTheTruth(page, backupId));
  await test.step("change the key's passphrase, and back", async () => {
    await changePassphrase(page, { keyId, from: owner.passphrase, to: NEXT });
    await expect(page.getByText("Passphrase changed")).toBeVisible({ timeout: 90_000 });
    await expect(page.getByRole("table", { name: "Where the key file lies" })).toContainText(/keys.*\.2\.age|stored and read back/);
    await expect.poll(() => versionsOf(api, keyId), { timeout: 90_000 }).toEqual([2]);
    await api.send("POST", `/keys/${keyId}/proof`, { passphrase: NEXT });
    await expect(api.send("POST", `/keys/${keyId}/proof`, { passphrase: owner.passphrase })).rejects.toThrow(/wrong-passphrase/);
    // The journeys share a tenant, and the others type the first passphrase.
    await changePassphrase(page, { keyId, from: NEXT, to: owner.passphrase, hint: owner.hint });
    await expect.poll(() => versionsOf(api, keyId), { timeout: 90_000 }).toEqual([3]);
  });
});

async function proveByPassphrase(page: Page, api: TenantApi, keyId: string): Promise<void> {
  const before = (await api.get<KeyDto>(`/keys/${keyId}`)).provenAt;
  await page.goto(keys);
  await expect(page.getByTitle(owner.recoveryRecipient)).toBeVisible();
  await page.getByRole("link", { name: "All about this key" }).click();
  await expect(page).toHaveURL(new RegExp(`/keys/${keyId}$`));
  await expect(page.getByTitle(owner.recoveryRecipient)).toBeVisible();
  await page.getByRole("link", { name: "Prove that it opens" }).click();
  await page.getByLabel("Passphrase", { exact: true }).fill("not the passphrase");
  await page.getByRole("button", { name: "Prove that it opens" }).click();
  await expect(page.getByLabel("Passphrase", { exact: true })).toHaveAccessibleDescription(/does not open/);
  await page.getByLabel("Passphrase", { exact: true }).fill(owner.passphrase);
  await page.getByRole("button", { name: "Prove that it opens" }).click();
  await expect(page.getByText("It opens. The next proof is due in 90 days.")).toBeVisible();
  expect((await api.get<KeyDto>(`/keys/${keyId}`)).provenAt).not.toBe(before);
}

/** As somebody does it who trusts the server with no passphrase: the protected key file, the small file, and age. */
async function proveWithAge(page: Page, api: TenantApi, keyId: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-test-prove-"));
  try {
    await page.goto(`${keys}/${keyId}`);
    await page.getByRole("button", { name: "Download protected key file" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Your login password").fill(owner.password);
    await saved(page, folder, () => dialog.getByRole("button", { name: "Download key file" }).click());

    await page.goto(`${keys}/${keyId}/prove`);
    await page.getByRole("radio", { name: "Open a small file on your own machine" }).click();
    await saved(page, folder, () => page.getByRole("button", { name: "Download the small file" }).click());
    const line = await page.getByText(/^age -d -i /).innerText();
    await runInTerminal(`${line} > said.txt`, { cwd: folder, prompt: /passphrase/, answers: [owner.passphrase] });
    await page.getByLabel("What the file says").fill(await readFile(join(folder, "said.txt"), "utf8"));
    await page.getByRole("button", { name: "Prove that it opens" }).click();
    await expect(page.getByText("It opens. The next proof is due in 90 days.")).toBeVisible();
    expect((await api.get<KeyDto>(`/keys/${keyId}`)).isProofOverdue).toBe(false);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function printSheet(page: Page, api: TenantApi, keyId: string): Promise<void> {
  const key = await api.get<KeyDto>(`/keys/${keyId}`);
  await page.goto(keys);
  await page.getByRole("link", { name: "Print the recovery sheet" }).click();
  const sheet = page.getByRole("article", { name: "Recovery sheet" });
  const line = `age -d -i holdfast-${keyId}.age ARCHIVE.tar.zst.age | zstd -d | tar x`;
  for (const text of [
    owner.tenantName,
    key.fingerprint,
    owner.hint,
    owner.recoveryRecipient,
    line,
    key.signingPublicKey ?? "",
    `keys/${keyId}.`,
  ]) {
    await expect(sheet).toContainText(text);
  }
  await expect(sheet).not.toContainText(owner.passphrase);
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await expect(sheet).toHaveCSS("color", "rgb(0, 0, 0)");
  await expect(page.getByRole("navigation").first()).toBeHidden();
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
  expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
  await page.emulateMedia({ media: "screen", colorScheme: null });
}

async function readTheTruth(page: Page, backupId: string): Promise<void> {
  await page.goto(`/t/${owner.slug}/restores/new?backup=${backupId}`);
  await page.getByRole("link", { name: "Forgot it?" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "I forgot the passphrase" })).toBeVisible();
  await expect(page.getByText("Nobody can recover it")).toBeVisible();
  await expect(page.getByText(`Its hint is “${owner.hint}”.`)).toBeVisible();
  await expect(page.getByText("Do not delete the old backups or their key file.")).toBeVisible();
  await expect(page.getByRole("link", { name: "Set a new passphrase" })).toBeVisible();
}

interface Change {
  keyId: string;
  from: string;
  to: string;
  hint?: string;
}

async function changePassphrase(page: Page, { keyId, from, to, hint = "" }: Change): Promise<void> {
  await page.goto(`${keys}/change`);
  await expect(page.getByText("Old backups still open with the old passphrase")).toBeVisible();
  await page.getByRole("link", { name: "change the passphrase of the existing key" }).click();
  await expect(page).toHaveURL(new RegExp(`/keys/${keyId}/passphrase$`));
  await expect(page.getByText("This does not lock out who has an old copy")).toBeVisible();
  await page.getByLabel("Passphrase", { exact: true }).fill(from);
  await page.getByLabel("New passphrase", { exact: true }).fill(to);
  await page.getByLabel("New passphrase again").fill(to);
  if (hint !== "") await page.getByLabel("Hint").fill(hint);
  await page.getByLabel("Your login password").fill(owner.password);
  await page.getByRole("button", { name: "Change this key’s passphrase" }).click();
  await expect(page).toHaveURL(new RegExp(`/keys/${keyId}$`), { timeout: 60_000 });
}

/** In what is connected: from a destination that another journey disconnected, nothing is removed. */
async function versionsOf(api: TenantApi, keyId: string): Promise<number[]> {
  const connected = new Set((await api.list<{ id: string }>("/destinations")).map(({ id }) => id));
  const { copies } = await api.get<KeyDto>(`/keys/${keyId}`);
  return [...new Set(copies.filter(({ destinationId }) => connected.has(destinationId)).map(({ version }) => version))];
}

async function saved(page: Page, folder: string, click: () => Promise<void>): Promise<void> {
  const downloading = page.waitForEvent("download");
  await click();
  const download: Download = await downloading;
  await download.saveAs(join(folder, download.suggestedFilename()));
}
