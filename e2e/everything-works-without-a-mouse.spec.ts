import type { Locator, Page } from "@playwright/test";
import { ensurePassphrase } from "#e2e/fixtures/furnished-tenant.ts";
import { owner } from "#e2e/fixtures/owner.ts";
import { signInByApi } from "#e2e/fixtures/tenant-api.ts";
import { expect, test } from "#e2e/fixtures/test.ts";

const MOST_STOPS = 60;

test("a backup is started with the keyboard alone", async ({ page, request, holdfast }) => {
  await ensurePassphrase(await signInByApi(request, holdfast));
  const { keyboard } = page;

  await page.goto("/sign-in");
  await expect(page.getByLabel("E-mail address")).toBeFocused();
  await keyboard.type(owner.email);
  await tabTo(page, page.getByLabel("Password", { exact: true }));
  await keyboard.type(owner.password);
  await keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/t/${owner.slug}$`));

  await keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
  await keyboard.press("Control+k");
  await expect(page.getByRole("combobox")).toBeFocused();
  await keyboard.type("systems");
  await keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Systems" })).toBeVisible();

  await tabTo(page, page.getByRole("link", { name: "This tenant's configuration" }));
  await keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "This tenant's configuration" })).toBeVisible();
  await tabTo(page, page.getByRole("button", { name: "Back up now" }));
  await keyboard.press("Enter");
  await expect(page.getByText("Backup of “This tenant's configuration” started.")).toBeVisible();
  await tabTo(page, page.getByRole("table", { name: "Runs" }).getByRole("row").nth(1).getByRole("link"));
  await keyboard.press("Enter");
  await expect(page.getByText("The backup is stored and proven")).toBeVisible({ timeout: 60_000 });
});

/** Presses Tab until the element has the focus, as somebody without a mouse does. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible();
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    await page.keyboard.press("Tab");
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`The keyboard does not come to ${target.toString()} within ${MOST_STOPS} stops.`);
}
