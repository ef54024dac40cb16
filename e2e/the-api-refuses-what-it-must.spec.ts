import { readdirSync } from "node:fs";
import { join, sep } from "node:path";
import type { APIRequestContext } from "@playwright/test";
import { ensurePassphrase } from "#e2e/fixtures/furnished-tenant.ts";
import { owner } from "#e2e/fixtures/owner.ts";
import { type Named, signInByApi } from "#e2e/fixtures/tenant-api.ts";
import { expect, test } from "#e2e/fixtures/test.ts";

const base = `/api/v1/tenants/${owner.slug}`;

test("another site's form starts nothing", async ({ request, holdfast }) => {
  const api = await signInByApi(request, holdfast);
  const [system] = await api.list<Named>("/systems");
  const before = await api.list("/runs");
  for (const headers of [{ origin: "https://elsewhere.example.com" }, { origin: "null" }, { "sec-fetch-site": "cross-site" }]) {
    const response = await request.post(`${base}/backups`, { headers, data: { systemId: system?.id } });
    expect(response.status()).toBe(403);
    expect(await response.json()).toMatchObject({ code: "foreign-origin" });
  }
  expect(await api.list("/runs")).toHaveLength(before.length);
});

test("the same Idempotency-Key twice is one run", async ({ request, holdfast }) => {
  const api = await signInByApi(request, holdfast);
  await ensurePassphrase(api);
  const [system] = await api.list<Named>("/systems");
  const post = (key: string) => request.post(`${base}/backups`, { headers: { "idempotency-key": key }, data: { systemId: system?.id } });
  const [first, second, other] = [await post("one"), await post("one"), await post("two")];
  const idOf = async (response: typeof first) => ((await response.json()) as { id: string }).id;
  expect([first.status(), second.status()]).toEqual([202, 202]);
  expect(await idOf(second)).toBe(await idOf(first));
  expect(await idOf(other)).not.toBe(await idOf(first));
});

test("another tenant is not there at all", async ({ page, holdfast, expectProblem }) => {
  await signInByApi(page.request, holdfast);
  const response = await page.request.get("/api/v1/tenants/somebody-elses/systems");
  expect(response.status()).toBe(404);
  expect(response.headers()["content-type"]).toContain("application/problem+json");
  expectProblem(404);
  await page.goto("/t/somebody-elses/systems");
  await expect(page.getByRole("heading", { name: "There is nothing at this address" })).toBeVisible();
});

test("a cookie is worth nothing after its owner signed out", async ({ page, request, holdfast }) => {
  await signInByApi(page.request, holdfast);
  await page.goto(`/t/${owner.slug}`);
  const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  const withCookie = () => request.get(`${base}/overview`, { headers: { cookie } });
  expect((await withCookie()).status()).toBe(200);
  await page.getByRole("button", { name: `Account of ${owner.email}` }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  expect((await withCookie()).status()).toBe(401);
  await page.goto(`/t/${owner.slug}/systems`);
  await expect(page).toHaveURL(/\/sign-in/);
});

test("nobody comes in without signing in", async ({ page, request, expectProblem }) => {
  expect((await request.get(`${base}/systems`)).status()).toBe(401);
  expect((await request.get(`${base}/events`)).status()).toBe(401);
  expectProblem(401);
  await page.goto("/sign-in");
  await page.getByLabel("E-mail address").fill("nobody@example.com");
  await page.getByLabel("Password", { exact: true }).fill("some long password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("This e-mail address and password do not belong together.")).toBeVisible();
});

test("the API's document names every address, and the installation says that it is ready", async ({ request }) => {
  const { paths } = (await (await request.get("/api/openapi.json")).json()) as { paths: Record<string, object> };
  expect(Object.keys(paths).sort()).toEqual(routesOfTenants());
  expect(await statusOf(request, "/api/ready")).toBe(200);
  expect(await statusOf(request, "/api/health")).toBe(200);
  expect(await statusOf(request, "/api/metrics")).toBe(200);
});

async function statusOf(request: APIRequestContext, path: string): Promise<number> {
  return (await request.get(path)).status();
}

/** The addresses below a tenant that app/ opens, without the two that answer with a stream of their own. */
function routesOfTenants(): string[] {
  const files = readdirSync(join("app", "api", "v1"), { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith(`${sep}route.ts`))
    .map((file) => `/api/v1/${file.split(sep).slice(0, -1).join("/")}`.replaceAll("[", "{").replaceAll("]", "}"))
    .filter((path) => !path.endsWith("/events") && !path.endsWith("/downloads/{token}"))
    .sort();
}
