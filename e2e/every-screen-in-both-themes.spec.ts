import { mkdirSync } from "node:fs";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { type Furniture, furnish } from "#e2e/fixtures/furnished-tenant.ts";
import { owner } from "#e2e/fixtures/owner.ts";
import { makeRefusedWebhook, type RefusedWebhook } from "#e2e/fixtures/refused-webhook.ts";
import { signInByApi } from "#e2e/fixtures/tenant-api.ts";
import { expect, test } from "#e2e/fixtures/test.ts";

/** Where pictures go; without it none are taken. */
const pictures = process.env["HOLDFAST_SCREENSHOTS"];

const desk = { width: 1280, height: 800 };
const phone = { width: 360, height: 780 };
/** A theme changes nothing but colours, so in the second one only they are judged. */
const views = [
  { ...desk, colorScheme: "light", rules: "all" },
  { ...desk, colorScheme: "dark", rules: "colours" },
  { ...phone, colorScheme: "dark", rules: "colours" },
  { ...phone, colorScheme: "light", rules: "all" },
] as const;

type Screens = Record<string, string>;

test("every screen fits, in both themes, on a phone and on a desk, for every reader", async ({ page, holdfast, sshd }) => {
  test.slow();
  const api = await signInByApi(page.request, holdfast);
  const furniture = await furnish(api, sshd);
  const webhook = await makeRefusedWebhook(api);
  // No mail server and no webhook that works: every page has the banner too.
  await page.goto(`/t/${owner.slug}`);
  await expect(page.getByRole("main").getByText("Nobody will be told when a backup fails")).toBeVisible();
  expect(await problemsOf(page, screensOf({ ...furniture, ...webhook }))).toEqual([]);
  await webhook.remove();
});

test("so do the pages in front of the door", async ({ page, holdfast, expectProblem }) => {
  expectProblem(404);
  const token = "a-token-that-nobody-was-given";
  const screens = { "sign-in": "/sign-in", "set-up": `/setup#${token}`, invitation: `/invitation#${token}` };
  expect(await problemsOf(page, screens)).toEqual([]);
  await signInByApi(page.request, holdfast);
  expect(await problemsOf(page, { "not-found": "/t/nobodys" })).toEqual([]);
});

function screensOf(furniture: Furniture & RefusedWebhook): Screens {
  const { systemId, destinationId, policyId, backupId, restoreId, runId, keyId, webhookId, deliveryId } = furniture;
  const paths: Screens = {
    overview: "",
    systems: "/systems",
    "systems-new": "/systems/new",
    "systems-new-folder": "/systems/new?kind=folder",
    system: `/systems/${systemId}`,
    "system-edit": `/systems/${systemId}/edit`,
    backups: "/backups",
    backup: `/backups/${backupId}`,
    restores: "/restores",
    "restores-new": "/restores/new",
    "restores-new-chosen": `/restores/new?backup=${backupId}`,
    restore: `/restores/${restoreId}`,
    runs: "/runs",
    run: `/runs/${runId}`,
    policies: "/policies",
    "policies-new": "/policies/new",
    policy: `/policies/${policyId}`,
    "policy-edit": `/policies/${policyId}/edit`,
    destinations: "/destinations",
    "destinations-new": "/destinations/new",
    "destinations-new-s3": "/destinations/new?kind=s3",
    destination: `/destinations/${destinationId}`,
    "destination-edit": `/destinations/${destinationId}/edit`,
    keys: "/keys",
    "keys-first": "/keys/first",
    "keys-change": "/keys/change",
    "keys-forgotten": `/keys/forgotten?key=${keyId}`,
    key: `/keys/${keyId}`,
    "key-prove": `/keys/${keyId}/prove`,
    "key-passphrase": `/keys/${keyId}/passphrase`,
    "key-sheet": `/keys/${keyId}/sheet`,
    notifications: "/notifications",
    "webhooks-new": "/notifications/webhooks/new",
    webhook: `/notifications/webhooks/${webhookId}`,
    "webhook-edit": `/notifications/webhooks/${webhookId}/edit`,
    delivery: `/notifications/webhooks/${webhookId}/deliveries/${deliveryId}`,
    members: "/members",
    audit: "/audit",
    settings: "/settings",
    help: "/help",
  };
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, `/t/${owner.slug}${path}`]));
}

/** Each screen is read once, then looked at in every size and theme. Sentences, so that all that is wrong is seen at once. */
async function problemsOf(page: Page, screens: Screens): Promise<string[]> {
  const problems: string[] = [];
  for (const [name, path] of Object.entries(screens)) {
    await test.step(name, async () => {
      await page.goto(path);
      await isLoaded(page);
      for (const { width, height, colorScheme, rules } of views) {
        await page.setViewportSize({ width, height });
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await expect(page.locator("html")).toHaveClass(new RegExp(`\\b${colorScheme}\\b`));
        problems.push(...(await judge(page, rules)).map((problem) => `${name}, ${width} px, ${colorScheme}: ${problem}`));
        if (pictures) await takePicture(page, join(pictures, `${name}-${width}-${colorScheme}.png`));
      }
    });
  }
  return problems;
}

/** The heading is there, and nothing holds the place of what is still loading. */
async function isLoaded(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
  await expect(page.locator(".motion-safe\\:animate-breathe")).toHaveCount(0);
}

async function judge(page: Page, rules: "all" | "colours"): Promise<string[]> {
  const overflowPx = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  // Our pages have no frames of other origins, for which alone the newer mode opens a page of its own each time.
  const axe = new AxeBuilder({ page }).setLegacyMode();
  if (rules === "colours") axe.withRules(["color-contrast", "link-in-text-block"]);
  const { violations } = await axe.analyze();
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return [
    ...(overflowPx > 0 ? [`the page is ${overflowPx} px wider than the window`] : []),
    ...grave.map(({ id, help, nodes }) => `${id} (${help}): ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`),
  ];
}

async function takePicture(page: Page, path: string): Promise<void> {
  mkdirSync(join(path, ".."), { recursive: true });
  await page.screenshot({ path });
}
