import pg from "pg";
import { ensurePassphrase } from "#e2e/fixtures/furnished-tenant.ts";
import { looksWell } from "#e2e/fixtures/looks-well.ts";
import { owner } from "#e2e/fixtures/owner.ts";
import type { RunningInstallation } from "#e2e/fixtures/running-installation.ts";
import { type Named, signInByApi } from "#e2e/fixtures/tenant-api.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import { loginUrl } from "#lib/db/login-roles.ts";
import { runningPort } from "#ops/embedded-postgres.ts";
import { masterKeyFile, readMasterKeyFile } from "#ops/master-key.ts";

test("a clock that went back deletes nothing until an owner has confirmed it", async ({ page, holdfast, expectProblem }) => {
  const api = await signInByApi(page.request, holdfast);
  const doubt = () => api.get<{ clockDoubt: object | null }>("/notices").then(({ clockDoubt }) => clockDoubt);
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
    const notice = page.getByText("The clock is in doubt: no backup is deleted for its age");
    for (const path of ["", "/systems"]) {
      await page.goto(`/t/${owner.slug}${path}`);
      await expect(notice).toHaveCount(1);
      await expect(page.getByText("shows an earlier time than it did before")).toBeVisible();
      await expect(page.getByText("Nobody will be told when a backup fails")).toBeVisible();
      await looksWell(page, `notices${path.replace("/", "-")}`);
    }
    await page.getByRole("link", { name: "About the clock" }).click();
    await expect(page.getByText("Backups go on. What is deleted for its age stays")).toBeInViewport();
    await looksWell(page, "notices-explained");
    await page.getByRole("button", { name: "Confirm the clock" }).click();
    const dialog = page.getByRole("dialog", { name: "Confirm that the clock is right?" });
    await dialog.getByLabel("Your login password").fill("not the login password");
    await dialog.getByRole("button", { name: "Confirm the clock" }).click();
    await expect(dialog.getByLabel("Your login password")).toHaveAccessibleDescription(/This is not your login password/);
    expect(await doubt()).not.toBeNull();
    await looksWell(page, "notices-confirm-clock");
    await dialog.getByLabel("Your login password").fill(owner.password);
    await dialog.getByRole("button", { name: "Confirm the clock" }).click();
    await expect(page.getByText("The clock is confirmed; retention goes on.")).toBeVisible();
    await expect(notice).toBeHidden();
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
