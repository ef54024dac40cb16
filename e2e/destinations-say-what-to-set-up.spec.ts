import { owner } from "#e2e/fixtures/owner.ts";
import { signInByApi } from "#e2e/fixtures/tenant-api.ts";
import { expect, test } from "#e2e/fixtures/test.ts";

test("a bucket's access policy stands under the form, with the names as they are typed, and goes to the clipboard", async ({
  page,
  holdfast,
  context,
}) => {
  await signInByApi(page.request, holdfast);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(`/t/${owner.slug}/destinations/new?kind=s3`);
  const policy = page.getByRole("group", { name: "Access policy for the bucket" });
  await expect(policy).toContainText("arn:aws:s3:::YOUR-BUCKET/*");
  await page.getByLabel("Bucket", { exact: true }).fill("acme-backups");
  await page.getByLabel("Prefix", { exact: true }).fill("holdfast");
  await page.getByLabel("Secret access key").fill("never to be sent for this");
  await expect(policy).toContainText('"arn:aws:s3:::acme-backups/holdfast/*"');
  await expect(page.getByLabel("Days of lock")).toBeHidden();
  await page.getByLabel("Object lock").selectOption("COMPLIANCE");
  await page.getByLabel("Days of lock").fill("7");
  await expect(page.getByText("can remove a backup in the 7 days after it was stored")).toBeVisible();
  await expect(policy).toContainText("s3:PutObjectRetention");
  await page.getByRole("button", { name: "Copy text" }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await policy.innerText());
});
