import { looksWell } from "#e2e/fixtures/looks-well.ts";
import { owner } from "#e2e/fixtures/owner.ts";
import { signInByApi } from "#e2e/fixtures/tenant-api.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import { accept, answerWith, startWebhookReceiver, verified } from "#e2e/servers/webhook-receiver.ts";

test("a webhook is added, tested, given a new secret, and taken away and back", async ({ page, holdfast }) => {
  const receiver = await startWebhookReceiver();
  await signInByApi(page.request, holdfast);
  await page.goto(`/t/${owner.slug}`);
  await page.getByRole("link", { name: "Notifications" }).click();
  await page.getByRole("link", { name: "Add a webhook" }).click();
  await page.getByRole("button", { name: "Add webhook" }).click();
  await expect(page.getByText("Type a name.")).toBeVisible();
  await page.getByLabel("Name").fill("Pager");
  await page.getByLabel("Address").fill("https://user:secret@hooks.example.com/");
  await page.getByRole("button", { name: "Add webhook" }).click();
  await expect(page.getByText("Leave the user name and password out")).toBeVisible();
  await page.getByLabel("Address").fill(`${receiver.origin}/hooks/hidden`);
  await expect(page.getByRole("checkbox", { name: "run.failed" })).toBeChecked();
  await expect(page.getByRole("checkbox", { name: "run.completed" })).not.toBeChecked();
  await page.getByRole("checkbox", { name: "run.completed" }).click();
  await page.getByRole("button", { name: "Add webhook" }).click();
  await expect(page.getByRole("heading", { name: "“Pager” is added" })).toBeVisible();
  await page.setViewportSize({ width: 360, height: 780 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  await page.setViewportSize({ width: 1280, height: 900 });
  const secret = await page.getByLabel("Signing secret").inputValue();
  await page.getByRole("link", { name: "I have kept the secret" }).click();

  await expect(page.getByRole("heading", { name: "Pager" })).toBeVisible();
  await page.getByRole("button", { name: "Send a test" }).click();
  await expect(page.getByText("The test arrived")).toBeVisible();
  const [call] = receiver.calls;
  if (!call) throw new Error("Nothing arrived.");
  expect(verified(call, secret)).toMatchObject({ type: "test" });
  expect(await page.content()).not.toContain(secret);
  expect(await page.content()).not.toContain("hooks/hidden");

  receiver.answer = answerWith(500, {}, "out of order");
  await page.getByRole("button", { name: "Send a test" }).click();
  await expect(page.getByText("The test did not arrive")).toBeVisible();
  await page.getByRole("link", { name: "Show the call" }).click();
  await expect(page.getByRole("cell", { name: "out of order" })).toBeVisible();
  await page.getByRole("link", { name: "Pager" }).click();
  await expect(page.getByRole("table", { name: "Deliveries" }).getByRole("row")).toHaveCount(3);

  receiver.answer = accept;
  await page.getByRole("button", { name: "Actions for Pager" }).click();
  await page.getByRole("menuitem", { name: "Make a new secret" }).click();
  await page.getByRole("button", { name: "Make a new secret" }).click();
  await expect(page.getByText("the receiver takes either")).toBeVisible();
  const next = await page.getByLabel("Signing secret").inputValue();
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Send a test" }).click();
  await expect(page.getByText("The test arrived")).toBeVisible();
  const last = receiver.calls.at(-1);
  if (!last) throw new Error("Nothing arrived.");
  for (const each of [secret, next]) verified(last, each);

  await page.getByRole("button", { name: "Actions for Pager" }).click();
  await page.getByRole("menuitem", { name: "Delete webhook" }).click();
  await expect(page.getByText("No webhooks yet")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("link", { name: "Pager" })).toBeVisible();
  await receiver.stop();
});

test("what a backup tells arrives by itself, and a person delivers it again", async ({ page, holdfast }) => {
  const receiver = await startWebhookReceiver();
  const api = await signInByApi(page.request, holdfast);
  const input = { name: "Archive", url: `${receiver.origin}/x`, types: ["run.completed"] };
  const webhook = await api.send<{ id: string; secret: string }>("POST", "/webhooks", input);
  const [system] = (await api.list<{ id: string; kind: string }>("/systems")).filter(({ kind }) => kind === "tenant-configuration");
  if (!system) throw new Error("The tenant's own configuration is not connected.");
  const backupId = await api.backUp(system.id);
  await page.goto(`/t/${owner.slug}/notifications/webhooks/${webhook.id}`);
  const deliveries = page.getByRole("table", { name: "Deliveries" });
  await expect(deliveries.getByRole("row").filter({ hasText: "run.completed" })).toContainText("Delivered");
  await deliveries.getByRole("link", { name: "run.completed" }).click();
  await expect(page.getByText(backupId)).toBeVisible();
  await page.getByRole("button", { name: "Deliver again" }).click();
  await expect(page.getByText("Delivered again")).toBeVisible();
  await expect(page.getByText("It arrived.")).toBeVisible();
  expect(receiver.calls).toHaveLength(2);
  expect(new Set(receiver.calls.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  for (const call of receiver.calls) expect(verified(call, webhook.secret)).toMatchObject({ type: "run.completed", data: { backupId } });
  await looksWell(page, "delivery");
  await page.setViewportSize({ width: 360, height: 780 });
  const back = page.getByRole("navigation", { name: "Breadcrumb" }).getByRole("link");
  await expect(back).toHaveText("Archive");
  expect(await back.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);

  receiver.answer = answerWith(410);
  await page.getByRole("button", { name: "Deliver again" }).click();
  const notice = page.getByText("A webhook was disabled and is told of nothing");
  await expect(notice).toBeVisible();
  await page.goto(`/t/${owner.slug}/backups`);
  await expect(notice).toBeVisible();
  await looksWell(page, "notices-webhook");
  await page.getByRole("link", { name: "Look at the webhooks" }).click();
  await expect(page.getByText("“Archive” is told of nothing")).toBeVisible();
  await expect(notice).toBeHidden();
  // Its page would be told at once that it is gone.
  await page.goto(`/t/${owner.slug}/notifications`);
  await api.send("DELETE", `/webhooks/${webhook.id}`);
  await receiver.stop();
});
