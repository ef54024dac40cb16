import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import pg from "pg";
import { ensurePassphrase } from "#e2e/fixtures/furnished-tenant.ts";
import { owner } from "#e2e/fixtures/owner.ts";
import type { RunningInstallation } from "#e2e/fixtures/running-installation.ts";
import { type Named, signInByApi } from "#e2e/fixtures/tenant-api.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import { loginUrl } from "#lib/db/login-roles.ts";
import { runningPort } from "#ops/embedded-postgres.ts";
import { masterKeyFile, readMasterKeyFile } from "#ops/master-key.ts";

test("a clock that went back deletes nothing until an owner has confirmed it", async ({ page, holdfast, expectProblem }) => {
  const api = await signInByApi(page.request, holdfast);
  const doubt = () => api.get<{ clockDoubt: object | null }>("/overview").then(({ clockDoubt }) => clockDoubt);
  // The installation has a name, and a place for its doubts, from its first backup on.
  await ensurePassphrase(api);
  const [system] = (await api.list<Named>("/systems")).filter(({ kind }) => kind === "tenant-configuration");
  await api.backUp(system?.id ?? "");
  // The wrong login password.
  expectProblem(422);
  expect(await doubt()).toBeNull();
  await setLastTick(holdfast, "1 hour");
  try {
    await expect.poll(doubt, { timeout: 90_000 }).toMatchObject({ confirmable: true });
    const banner = page.getByText("The clock is in doubt", { exact: false }).first();
    for (const view of [
      { width: 1280, height: 900, colorScheme: "light" },
      { width: 360, height: 780, colorScheme: "dark" },
    ] as const) {
      await page.setViewportSize(view);
      await page.emulateMedia({ colorScheme: view.colorScheme, reducedMotion: "reduce" });
      await page.goto(`/t/${owner.slug}`);
      await expect(banner).toBeVisible();
      await expect(page.getByText("shows an earlier time than it did before").first()).toBeVisible();
      await fits(page);
    }
    await page.getByRole("button", { name: "Confirm the clock" }).first().click();
    const dialog = page.getByRole("dialog", { name: "Confirm that the clock is right?" });
    await dialog.getByLabel("Your login password").fill("not the login password");
    await dialog.getByRole("button", { name: "Confirm the clock" }).click();
    await expect(dialog.getByLabel("Your login password")).toHaveAccessibleDescription(/This is not your login password/);
    expect(await doubt()).not.toBeNull();
    await fits(page);
    await dialog.getByLabel("Your login password").fill(owner.password);
    await dialog.getByRole("button", { name: "Confirm the clock" }).click();
    await expect(page.getByText("The clock is confirmed; retention goes on.")).toBeVisible();
    await expect(banner).toBeHidden();
    expect(await doubt()).toBeNull();
    await page.goto(`/t/${owner.slug}/audit`);
    await expect(page.getByRole("table").getByText("Confirmed the clock").first()).toBeVisible();
  } finally {
    await setLastTick(holdfast, "0 seconds");
  }
});

/** As the worker leaves it that saw a clock which ran ahead by so much, and was set right since. */
async function setLastTick({ dataDir }: RunningInstallation, ahead: string): Promise<void> {
  const server = `postgresql://127.0.0.1:${runningPort(dataDir) ?? 0}/holdfast`;
  const masterKey = readMasterKeyFile(masterKeyFile({ HOLDFAST_DATA: dataDir }));
  const client = new pg.Client({ connectionString: loginUrl(server, "scheduler", masterKey) });
  await client.connect();
  const { rowCount } = await client.query("UPDATE installation SET last_tick_at = clock_timestamp() + $1::interval", [ahead]);
  await client.end();
  expect(rowCount).toBe(1);
}

/** Nothing is wider than the window, and no reader is shut out. */
async function fits(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
}
