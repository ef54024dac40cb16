import { expect, test } from "vitest";
import { operations } from "#lib/http/operations.ts";

test.each(operations.map(({ name, http }) => [name, http] as const))("%s is open at its address", async (_name, { method, path }) => {
  const folder = path.replaceAll(/\{(\w+)\}/g, "[$1]");
  const file = `../../app/api/v1/tenants/[tenant]${folder}/route.ts`;
  const handlers = (await import(/* @vite-ignore */ file)) as Record<string, unknown>;
  expect(handlers[method]).toBeTypeOf("function");
});

test("no two operations share a name or an address", () => {
  const addresses = operations.map(({ http }) => `${http.method} ${http.path}`);
  expect(new Set(addresses).size).toBe(operations.length);
  expect(new Set(operations.map(({ name }) => name)).size).toBe(operations.length);
});
