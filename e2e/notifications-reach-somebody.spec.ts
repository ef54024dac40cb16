import type { Page } from "@playwright/test";
import { owner } from "#e2e/fixtures/owner.ts";
import { startInstallation } from "#e2e/fixtures/running-installation.ts";
import { signIn } from "#e2e/fixtures/sign-in.ts";
import { signInByApi } from "#e2e/fixtures/tenant-api.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import { startMailServer, type TestMailServer } from "#e2e/servers/smtp.ts";

const banner = (page: Page) => page.getByRole("main").getByText("Nobody will be told when a backup fails");

test("while nobody would be told, every page says so and leads to the mend", async ({ page, holdfast }) => {
  await signInByApi(page.request, holdfast);
  await page.goto(`/t/${owner.slug}/systems`);
  await expect(banner(page)).toBeVisible();
  await page.getByRole("link", { name: "Open notifications" }).click();
  await expect(page.getByRole("heading", { name: "Notifications", level: 1 })).toBeVisible();
  await expect(page.getByText("No mail server is set up", { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Send a test mail" })).toBeHidden();
});

test("with a mail server, a member chooses what is mailed, and a test mail arrives", async ({ openOtherBrowser }) => {
  const server = await startMailServer();
  const installation = await startInstallation({
    SMTP_URL: server.url,
    HOLDFAST_OWNER_EMAIL: owner.email,
    HOLDFAST_OWNER_PASSWORD: owner.password,
    HOLDFAST_TENANT: owner.slug,
  });
  try {
    const page = await openOtherBrowser(installation.url);
    await page.goto(`/t/${owner.slug}/notifications`);
    await signIn(page, owner);
    await expect(page).toHaveURL(new RegExp(`/t/${owner.slug}$`));
    await page.goto(`/t/${owner.slug}/notifications`);
    await test.step("a test mail arrives", () => sendTest(page, server));
    await test.step("without anybody who wants failures, the banner is there until somebody does", () => choose(page));
    // It listens for live updates, which would break off.
    await page.close();
  } finally {
    await installation.stop();
    await server.stop();
  }
});

async function sendTest(page: Page, server: TestMailServer): Promise<void> {
  await page.getByRole("button", { name: "Send a test mail" }).click();
  await expect(page.getByText("The test mail is on its way")).toBeVisible();
  expect(server.messages).toMatchObject([{ to: [owner.email] }]);
  await expect(banner(page)).toBeHidden();
}

async function choose(page: Page): Promise<void> {
  const failed = page.getByRole("switch", { name: "A backup failed" });
  await expect(failed).toBeChecked();
  await expect(page.getByRole("switch", { name: "Backed up", exact: true })).not.toBeChecked();
  await failed.click();
  await expect(banner(page)).toBeVisible();
  await page.reload();
  await expect(failed).not.toBeChecked();
  await failed.focus();
  await page.keyboard.press("Space");
  await expect(banner(page)).toBeHidden();
  await page.reload();
  await expect(failed).toBeChecked();
}
