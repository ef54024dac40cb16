import type { Page } from "@playwright/test";
import { owner } from "#e2e/fixtures/owner.ts";
import { signIn } from "#e2e/fixtures/sign-in.ts";
import { signInByApi } from "#e2e/fixtures/tenant-api.ts";
import { expect, test } from "#e2e/fixtures/test.ts";

const second = { name: "Second member", email: "second@example.com", password: "the second member's own words" };

test("a second member joins, is told whom to ask, and is out at once when removed", async ({
  page,
  context,
  openOtherBrowser,
  holdfast,
  expectProblem,
}) => {
  await signInByApi(page.request, holdfast);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const link = await test.step("the owner makes an invitation link", () => invite(page));
  const other = await openOtherBrowser();
  await test.step("the second member joins by it", () => join(other, link));
  await test.step("a viewer sees all states, and for the rest whom to ask", () => beToldWhomToAsk(other));
  await test.step("the owner removes them", () => remove(page));
  // What they ask for with the ended session.
  expectProblem(401);
  expectProblem(404);
  await test.step("their next click ends at the sign-in", () => beOut(other, link));
});

async function invite(page: Page): Promise<string> {
  await page.goto(`/t/${owner.slug}/members`);
  await page.getByRole("button", { name: "Invite a member" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Make invitation link" }).click();
  await expect(dialog.getByLabel("E-mail address")).toHaveAttribute("aria-invalid", "true");
  await dialog.getByLabel("E-mail address").fill(second.email);
  await expect(dialog.getByRole("radio", { name: /viewer/i })).toBeChecked();
  await dialog.getByRole("button", { name: "Make invitation link" }).click();
  await dialog.getByRole("button", { name: "Copy link" }).click();
  await expect(dialog.getByRole("button", { name: "Copied" })).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("table", { name: "Open invitations" })).toContainText(second.email);
  return link;
}

async function join(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await expect(page.getByText(`Join ${owner.tenantName} as viewer, with the address ${second.email}.`)).toBeVisible();
  await page.getByLabel("Your name").fill(second.name);
  await page.getByLabel("Password", { exact: true }).fill(second.password);
  await page.getByRole("button", { name: `Join ${owner.tenantName}` }).click();
  await expect(page).toHaveURL(new RegExp(`/t/${owner.slug}$`));
}

async function beToldWhomToAsk(page: Page): Promise<void> {
  const main = page.getByRole("main");
  const places = page.getByRole("navigation", { name: "Main" });
  await expect(places.getByRole("link", { name: "Systems" })).toBeVisible();
  await expect(places.getByRole("link", { name: "Members" })).toBeHidden();
  await expect(places.getByRole("link", { name: "Settings" })).toBeHidden();

  await places.getByRole("link", { name: "Systems" }).click();
  const connect = main.getByRole("button", { name: /^Connect a system/ });
  await expect(connect).toBeDisabled();
  await connect.focus();
  await expect(page.getByRole("tooltip")).toHaveText("Ask an operator, an admin or an owner of this tenant.");
  await expect(main.getByRole("link", { name: "This tenant's configuration" })).toBeVisible();

  await places.getByRole("link", { name: "Restores" }).click();
  await expect(main.getByRole("button", { name: /^Restore a backup/ })).toContainText(
    "Ask a restorer, an admin or an owner of this tenant.",
  );

  await page.goto(`/t/${owner.slug}/members`);
  await expect(main.getByRole("heading", { name: "Your role does not let you see members and invitations" })).toBeVisible();
  await expect(main.getByText("Ask an auditor, an admin or an owner of this tenant.")).toBeVisible();
  await page.goto(`/t/${owner.slug}/settings`);
  await expect(main.getByRole("heading", { name: "Your role does not let you see settings" })).toBeVisible();
}

async function remove(page: Page): Promise<void> {
  await page.getByRole("button", { name: `Actions for ${second.name}` }).click();
  await page.getByRole("menuitem", { name: "Remove member" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove member" }).click();
  // The row, not the toast: on a busy machine that is gone before anybody looks.
  await expect(page.getByRole("alertdialog")).toBeHidden();
  await expect(page.getByRole("table", { name: "Members" })).toContainText(owner.email);
  await expect(page.getByRole("table", { name: "Members" })).not.toContainText(second.email);
}

async function beOut(page: Page, link: string): Promise<void> {
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Backups" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await signIn(page, second);
  await expect(page.getByText(/could not be found|There is no|You belong to no tenant/)).toBeVisible();
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "You belong to no tenant" })).toBeVisible();
  await page.goto(link);
  await expect(page.getByRole("alert").filter({ hasText: "invitation" })).toBeVisible();
}
