import { expect, test } from "vitest";
import config from "./next.config.js";

test("every answer says that it is for our own pages only, and no frame's", async () => {
  const rules = await config.headers?.();
  const always = rules?.find((rule) => rule.source === "/:path*" && !rule.has)?.headers ?? [];
  const named = new Map(always.map(({ key, value }) => [key, value]));
  const policy = named.get("Content-Security-Policy") ?? "";
  for (const part of ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"])
    expect(policy.split("; ")).toContain(part);
  expect(policy).not.toMatch(/unsafe-eval|https?:|\*/);
  expect(named.get("X-Content-Type-Options")).toBe("nosniff");
  expect(named.get("Referrer-Policy")).toBe("same-origin");
});

test("HSTS is said where TLS is spoken only", async () => {
  const rules = (await config.headers?.()) ?? [];
  const strict = rules.filter(({ headers }) => headers.some(({ key }) => key === "Strict-Transport-Security"));
  expect(strict).toMatchObject([{ has: [{ type: "header", key: "x-forwarded-proto", value: "https" }] }]);
});
