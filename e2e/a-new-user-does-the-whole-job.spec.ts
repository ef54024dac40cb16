import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Locator, Page } from "@playwright/test";
import { owner } from "#e2e/fixtures/owner.ts";
import { signIn } from "#e2e/fixtures/sign-in.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import type { S3Server } from "#e2e/servers/radosgw.ts";
import type { Sshd } from "#e2e/servers/sshd.ts";

const folderName = "Web server";
const bucketName = "Bucket elsewhere";

test("a new user does the whole job", async ({ page, openOtherBrowser, holdfast, sshd, s3, expectProblem }) => {
  const path = await makeFolder(sshd);
  await s3.createBucket("backups");
  await page.goto(holdfast.setupUrl ?? "");
  await test.step("makes owner and tenant by the one-time link", () => setUp(page));
  await test.step("chooses a passphrase, is handed the key file, sees the first backup proven", () => takeFirstSteps(page));
  await test.step("connects the folder", () => connectFolder(page, sshd, path));
  await test.step("connects the bucket", () => connectBucket(page, s3));
  await test.step("puts both into the daily policy", () => extendPolicy(page));
  await test.step("runs it now and watches", () => runPolicy(page, sshd));
  await test.step("looks at the backup", () => lookAtBackup(page));
  // The wrong passphrase.
  expectProblem(422);
  await test.step("restores the folder", () => restoreFolder(page, path));
  // The page that follows the restore learns that its session has ended.
  expectProblem(401);
  await test.step("restores the tenant's own configuration", () => restoreConfiguration(page));
  await test.step("sees that everything is backed up and proven", () => seeAllProven(page));
  expectProblem(404);
  await test.step("leaves a set-up link that is worth nothing any more", async () =>
    useLinkAgain(await openOtherBrowser(), holdfast.setupUrl ?? ""));
});

/** A folder as it may lie below /etc, on the server. */
async function makeFolder(sshd: Sshd): Promise<string> {
  const path = join(sshd.root, "etc");
  await mkdir(join(path, "sites"), { recursive: true });
  await writeFile(join(path, "main.conf"), "listen 80\n");
  await writeFile(join(path, "sites", "first.conf"), "root /srv\n");
  return path;
}

async function setUp(page: Page): Promise<void> {
  await page.getByLabel("Organization or team").fill(owner.tenantName);
  await page.getByLabel("Your name").fill(owner.name);
  await page.getByLabel("E-mail address").fill("owner");
  await page.getByLabel("Password", { exact: true }).fill("short");
  await page.getByRole("button", { name: "Create owner and tenant" }).click();
  await refused(page.getByLabel("E-mail address"), "This is not an e-mail address");
  await refused(page.getByLabel("Password", { exact: true }), "at least 12 characters");
  await page.getByLabel("E-mail address").fill(owner.email);
  await page.getByLabel("Password", { exact: true }).fill(owner.password);
  await page.getByRole("button", { name: "Create owner and tenant" }).click();
  await expect(page).toHaveURL(new RegExp(`/t/${owner.slug}/keys/first$`));
}

async function takeFirstSteps(page: Page): Promise<void> {
  const passphrase = page.getByLabel("Passphrase", { exact: true });
  const repeated = page.getByLabel("Passphrase again");
  const set = page.getByRole("button", { name: "Set the passphrase" });

  await page.getByRole("button", { name: "Suggest one" }).click();
  await expect(page.getByText("Six random words")).toBeVisible();
  await expect(passphrase).toHaveValue(/^([a-z]+-){5}[a-z]+$/);
  await passphrase.fill(owner.passphrase);
  await repeated.fill(`${owner.passphrase}s`);
  await set.click();
  await refused(repeated, "The two are not the same");
  await repeated.fill(owner.passphrase);
  await page.getByLabel("Hint").fill("violin and the rest");
  await set.click();
  await refused(page.getByLabel("Hint"), "gives away part of the passphrase");
  await page.getByLabel("Hint").fill(owner.hint);
  await page.getByText("More: recovery recipients").click();
  await page.getByLabel("Recovery recipients").fill(owner.recoveryRecipient);
  await set.click();

  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download protected key file" }).click();
  const keyFile = await download;
  expect(keyFile.suggestedFilename()).toMatch(/^holdfast-.+\.age$/);
  expect(await readFile(await keyFile.path(), "utf8")).toContain("-----BEGIN AGE ENCRYPTED FILE-----");

  await expect(page.getByRole("listitem").filter({ hasText: "Fetch back and prove" })).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: "Your first backup is proven" })).toBeVisible();
  await page.getByRole("link", { name: "Go to the overview" }).click();
  await expect(page.getByText("Some backups are only on this machine")).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("with 1 warning");
}

async function connectFolder(page: Page, sshd: Sshd, path: string): Promise<void> {
  await goTo(page, "Systems");
  await page.getByRole("link", { name: "Connect a system" }).click();
  await page.getByRole("link", { name: "Folder over SFTP" }).click();
  await page.getByLabel("Name", { exact: true }).fill(folderName);
  await page.getByLabel("Server", { exact: true }).fill(sshd.host);
  await page.getByLabel("Port", { exact: true }).fill(String(sshd.port));
  await page.getByLabel("User", { exact: true }).fill(sshd.user);
  await page.getByLabel("Private key", { exact: true }).fill(sshd.privateKey);
  await page.getByLabel("Folder", { exact: true }).fill(`${path}-that-is-not-there`);

  const save = page.getByRole("button", { name: "Save system" });
  await expect(save).toBeDisabled();
  await page.getByRole("button", { name: "Validate" }).click();
  await expect(page.getByText("Validation failed at: Open the folder")).toBeVisible();
  await expect(page.getByText(`The folder “${path}-that-is-not-there” does not exist on the server`)).toBeVisible();
  await expect(save).toBeDisabled();

  await page.getByLabel("Folder", { exact: true }).fill(path);
  await page.getByRole("button", { name: "Validate" }).click();
  await expect(page.getByText("Validation passed")).toBeVisible();
  await expect(page.getByText("Compare the host key with the server’s")).toBeVisible();
  await expect(page.getByLabel("Host key")).toHaveValue(`ssh-ed25519 ${sshd.hostKeyFingerprint}`);
  await expect(save).toBeEnabled();

  await page.getByLabel("Exclude").fill("*.bak");
  await expect(page.getByText("Edited since: validate again to save.")).toBeVisible();
  await expect(save).toBeDisabled();
  await page.getByRole("button", { name: "Validate" }).click();
  await expect(page.getByText("It is the pinned one")).toBeVisible();
  await save.click();
  await expect(page.getByRole("heading", { level: 1, name: folderName })).toBeVisible();
  await expect(page.getByText(sshd.hostKeyFingerprint)).toBeVisible();
}

async function connectBucket(page: Page, s3: Omit<S3Server, "stop">): Promise<void> {
  await goTo(page, "Destinations");
  await page.getByRole("link", { name: "Connect a destination" }).click();
  await page.getByRole("link", { name: "S3 bucket" }).click();
  await page.getByLabel("Name", { exact: true }).fill(bucketName);
  await page.getByLabel("Endpoint", { exact: true }).fill(s3.endpoint);
  await page.getByLabel("Region", { exact: true }).fill(s3.region);
  await page.getByLabel("Bucket", { exact: true }).fill("backups");
  await page.getByLabel("Access key ID").fill(s3.accessKeyId);
  await page.getByLabel("Secret access key").fill(`${s3.secretAccessKey}x`);
  await page.getByRole("button", { name: "Validate" }).click();
  await expect(page.getByText("the secret access key is wrong")).toBeVisible();
  await expect(page.getByRole("button", { name: "Save destination" })).toBeDisabled();

  await page.getByLabel("Secret access key").fill(s3.secretAccessKey);
  await page.getByRole("button", { name: "Validate" }).click();
  await expect(page.getByText("Validation passed")).toBeVisible();
  for (const step of ["Connect", "Write a probe", "Read it back", "Compare", "Delete it"])
    await expect(page.getByRole("listitem").filter({ hasText: `${step} passed` })).toBeVisible();
  await page.getByRole("button", { name: "Save destination" }).click();
  await expect(page.getByRole("heading", { level: 1, name: bucketName })).toBeVisible();
}

async function extendPolicy(page: Page): Promise<void> {
  await goTo(page, "Policies");
  await expect(page.getByRole("row", { name: /Daily/ })).toContainText("Every day at 01:00 UTC");
  await expect(page.getByRole("row", { name: /Daily/ })).toContainText("Keeps the last 30");
  await page.getByRole("button", { name: "Actions for Daily" }).click();
  await page.getByRole("menuitem", { name: "Edit policy" }).click();
  await expect(page.getByText("Every copy would be on this machine")).toBeVisible();
  await page.getByRole("checkbox", { name: folderName }).click();
  await page.getByRole("checkbox", { name: bucketName }).click();
  await expect(page.getByText("Every copy would be on this machine")).toBeHidden();
  await page.getByRole("button", { name: "Save policy" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Daily" })).toBeVisible();
  // Among what it covers; its next runs are named after the system too.
  const covered = page.getByRole("main").locator("dl");
  await expect(covered.getByRole("link", { name: folderName })).toBeVisible();
  await expect(covered.getByRole("link", { name: bucketName })).toBeVisible();
}

async function runPolicy(page: Page, sshd: Sshd): Promise<void> {
  // The folder's run waits for its server, so that there is time to look.
  sshd.pause();
  try {
    await page.getByRole("button", { name: "Run policy now" }).click();
    await page.getByRole("button", { name: "Watch the runs" }).click();
    await page
      .getByRole("row", { name: /Running|Queued/ })
      .getByRole("link", { name: folderName })
      .click();
    await expect(page.getByRole("listitem").filter({ hasText: "under way" })).toBeVisible();
    await page.getByRole("button", { name: /under way/ }).click();
    await expect(page.getByRole("progressbar", { name: `Backup of “${folderName}”` })).toBeVisible();
    await page.keyboard.press("Escape");
  } finally {
    sshd.resume();
  }
  await expect(page.getByText("The backup is stored and proven")).toBeVisible({ timeout: 60_000 });
  for (const step of ["Prepare", "Capture and encrypt", "Store", "Fetch back and prove", "Finish"])
    await expect(page.getByRole("listitem").filter({ hasText: `${step}, done` })).toBeVisible();
}

async function lookAtBackup(page: Page): Promise<void> {
  await page.getByRole("main").getByRole("link", { name: "Look at the backup" }).first().click();
  const ladder = page.getByRole("list", { name: "Proof" });
  await expect(ladder.getByRole("listitem").filter({ hasText: "every entry was checked" })).toBeVisible();
  await expect(ladder.getByRole("listitem").filter({ hasText: "Not yet restored" })).toBeVisible();
  const copies = page.getByRole("table", { name: "Copies" });
  for (const destination of ["This machine", bucketName])
    await expect(copies.getByRole("row").filter({ hasText: destination })).toContainText("Stored");
  await expect(page.getByText(owner.hint)).toBeVisible();
  await expect(page.getByTitle(owner.recoveryRecipient)).toBeVisible();
  await expect(page.getByText(/^age -d -i holdfast-\S+\.age \S+\.tar\.zst\.age \| zstd -d \| tar x$/)).toBeVisible();
}

async function restoreFolder(page: Page, path: string): Promise<void> {
  await writeFile(join(path, "main.conf"), "a slip of the hand\n");
  await page.getByRole("link", { name: "Restore this backup" }).click();
  await planRestore(page);
  await expect(page.getByText("1 will change")).toBeVisible();
  await expect(page.getByText("main.conf").first()).toBeVisible();
  await proveAndRestore(page, folderName);
  await expect(page.getByText(`“${folderName}” is restored`)).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole("link", { name: "Look at the safety backup" })).toBeVisible();
  expect(await readFile(join(path, "main.conf"), "utf8")).toBe("listen 80\n");
}

async function restoreConfiguration(page: Page): Promise<void> {
  const system = "This tenant's configuration";
  await goTo(page, "Settings");
  await page.getByLabel("Name", { exact: true }).fill("A slip of the hand");
  await page.getByRole("button", { name: "Save settings" }).click();
  await expect(page.getByText("The settings are saved.")).toBeVisible();

  await goTo(page, "Restores");
  await page.getByRole("link", { name: "Restore a backup" }).click();
  await page.getByRole("button", { name: system }).first().click();
  await planRestore(page);
  await expect(page.getByText("Not in this backup")).toBeVisible();
  await proveAndRestore(page, system);

  await signIn(page, owner);
  await expect(page.getByRole("heading", { level: 1, name: `Restore of “${system}”` })).toBeVisible();
  await expect(page.getByText(`“${system}” is restored`)).toBeVisible();
  await expect(page.getByRole("complementary").getByText(owner.tenantName)).toBeVisible();
}

/** From the chosen backup to its plan, with a wrong passphrase first. */
async function planRestore(page: Page): Promise<void> {
  const passphrase = page.getByLabel("Passphrase", { exact: true });
  await passphrase.fill("not the passphrase at all");
  await page.getByRole("button", { name: "Make the plan" }).click();
  await refused(passphrase, "This passphrase does not open this backup");
  await passphrase.fill(owner.passphrase);
  await page.getByRole("button", { name: "Make the plan" }).click();
  await expect(page.getByRole("button", { name: "I have read the plan: go on" })).toBeVisible();
}

async function proveAndRestore(page: Page, system: string): Promise<void> {
  await page.getByRole("button", { name: "I have read the plan: go on" }).click();
  const restore = page.getByRole("button", { name: `Restore “${system}”` });
  await page.getByLabel("Passphrase", { exact: true }).fill(owner.passphrase);
  await page.getByLabel("Your login password").fill("not the login password");
  await restore.click();
  await refused(page.getByLabel("Your login password"), "This is not your login password");
  await page.getByLabel("Your login password").fill(owner.password);
  await restore.click();
}

async function seeAllProven(page: Page): Promise<void> {
  await goTo(page, "Overview");
  await expect(page.getByRole("heading", { level: 1, name: "Everything is backed up and proven." })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText("only on this machine")).toBeHidden();
  await expect(page.getByRole("row").filter({ hasText: folderName })).toContainText("Backed up and proven");
}

async function useLinkAgain(page: Page, setupUrl: string): Promise<void> {
  await page.goto(setupUrl);
  await page.getByLabel("Organization or team").fill("Another tenant");
  await page.getByLabel("Your name").fill("Somebody else");
  await page.getByLabel("E-mail address").fill("somebody-else@example.com");
  await page.getByLabel("Password", { exact: true }).fill(owner.password);
  await page.getByRole("button", { name: "Create owner and tenant" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "set-up link" })).toBeVisible();
}

/** The field is marked as wrong, and its message says so. */
async function refused(field: Locator, message: string): Promise<void> {
  await expect(field).toHaveAccessibleDescription(new RegExp(message));
  await expect(field).toHaveAttribute("aria-invalid", "true");
}

async function goTo(page: Page, label: string): Promise<void> {
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: label, exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
}
