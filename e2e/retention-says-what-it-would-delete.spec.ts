import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { ensurePassphrase } from "#e2e/fixtures/furnished-tenant.ts";
import { owner } from "#e2e/fixtures/owner.ts";
import { type Named, signInByApi, type TenantApi } from "#e2e/fixtures/tenant-api.ts";
import { expect, test } from "#e2e/fixtures/test.ts";

const MADE = 4;

test("a retention says what it would delete, asks before it does, and backups go only by their number", async ({
  page,
  holdfast,
  expectProblem,
}) => {
  const api = await signInByApi(page.request, holdfast);
  await ensurePassphrase(api);
  const policy = await makePolicyWithBackups(api);
  await page.setViewportSize({ width: 360, height: 780 });
  await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });

  await test.step("the form shows while it is typed what becomes of each backup", async () => {
    await page.goto(`/t/${owner.slug}/policies/${policy.id}/edit`);
    await expect(page.getByText(`Keeps all of the present ${MADE} backups.`)).toBeVisible();
    await expect(page.getByText("After a year there are 30 backups of each system")).toBeVisible();
    await page.getByLabel("The last", { exact: true }).fill("2");
    const words = page.getByText("Keeps 2, deletes 2 of the present 4 backups after the next run of each system.");
    await words.click();
    const decisions = page.getByRole("list", { name: "What becomes of each backup" }).getByRole("listitem");
    await expect(decisions).toHaveCount(MADE);
    await expect(decisions.nth(0)).toContainText("The newest good backup of the system.");
    await expect(decisions.nth(3)).toContainText("Deletes");
    await expect(decisions.nth(3)).toContainText("No rule keeps it.");
    await fits(page);
  });

  await test.step("saving it says how many go, and needs the login password", async () => {
    expectProblem(422);
    await page.getByRole("button", { name: "Save policy" }).click();
    const dialog = page.getByRole("dialog", { name: "Save a policy that deletes 2 backups?" });
    await dialog.getByLabel("Your login password").fill("not it");
    await dialog.getByRole("button", { name: "Save and delete 2 backups" }).click();
    await expect(dialog.getByText("This is not your login password.")).toBeVisible();
    await fits(page);
    await dialog.getByLabel("Your login password").fill(owner.password);
    await dialog.getByRole("button", { name: "Save and delete 2 backups" }).click();
    await expect(page.getByText("“Numbered” is saved.")).toBeVisible();
    await expect(page.getByText("Keeps the last 2")).toBeVisible();
  });

  await test.step("a pinned backup stays until it is unpinned", async () => {
    expectProblem(409);
    await page.goto(`/t/${owner.slug}/backups?policyId=${policy.id}`);
    const oldest = page.getByRole("table", { name: "Backups" }).getByRole("row").last();
    await choose(page, oldest, "Pin backup");
    await expect(oldest.getByText("Pinned", { exact: true })).toBeAttached();
    await choose(page, oldest, "Move to the trash");
    await expect(page.getByText("This backup is pinned. Unpin it first.")).toBeVisible();
    await fits(page);
    await oldest.getByRole("link").first().click();
    await expect(page.getByText("Pinned", { exact: true })).toBeVisible();
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Unpin backup" }).click();
    await expect(page.getByText("Pinned", { exact: true })).toBeHidden();
  });

  await test.step("a policy's backups stay when it is deleted, unless they are asked for by number", async () => {
    await page.goto(`/t/${owner.slug}/policies`);
    await page.getByRole("button", { name: "Actions for Numbered" }).click();
    await page.getByRole("menuitem", { name: "Delete policy" }).click();
    const dialog = page.getByRole("alertdialog");
    const choice = dialog.getByRole("checkbox", { name: `Also move ${MADE} backups to the trash` });
    await expect(choice).not.toBeChecked();
    await choice.check();
    await dialog.getByLabel("Your login password").fill(owner.password);
    await fits(page);
    await dialog.getByRole("button", { name: "Delete policy" }).click();
    await expect(page.getByText("“Numbered” is deleted.")).toBeVisible();
  });

  await test.step("from the trash, one is taken out again and one is removed for good", async () => {
    await page.goto(`/t/${owner.slug}/backups?status=trashed&policyId=${policy.id}`);
    const rows = page.getByRole("table", { name: "Backups" }).getByRole("row");
    await expect(rows).toHaveCount(MADE + 1);
    await choose(page, rows.last(), "Take out of the trash");
    await expect(page.getByText("is out of the trash.")).toBeVisible();
    await expect(rows).toHaveCount(MADE);
    await choose(page, rows.last(), "Remove for good now");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Your login password").fill(owner.password);
    await fits(page);
    await dialog.getByRole("button", { name: "Remove backup for good" }).click();
    await expect(rows).toHaveCount(MADE - 1);
  });
});

/** A policy of the tenant's own configuration with four backups, which keeps thirty. */
async function makePolicyWithBackups(api: TenantApi): Promise<Named> {
  const [system] = (await api.list<Named>("/systems")).filter(({ kind }) => kind === "tenant-configuration");
  const [destination] = await api.list<Named>("/destinations");
  if (!system || !destination) throw new Error("The first start made neither system nor destination.");
  const policy = await api.send<Named>("POST", "/policies", {
    name: "Numbered",
    systemIds: [system.id],
    destinationIds: [destination.id],
    schedule: { kind: "daily", at: "01:00", timeZone: "UTC" },
    retention: { keepLast: 30 },
  });
  for (let count = 0; count < MADE; count += 1) {
    const { items } = await api.send<{ items: { id: string }[] }>("POST", `/policies/${policy.id}/runs`);
    await expect.poll(async () => (await api.get<{ status: string }>(`/runs/${items[0]?.id ?? ""}`)).status).toBe("completed");
  }
  return policy;
}

async function choose(page: Page, row: ReturnType<Page["locator"]>, item: string): Promise<void> {
  await row.getByRole("button", { name: /^Actions for/ }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

/** Nothing is wider than the phone, and no reader is shut out. */
async function fits(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
}
