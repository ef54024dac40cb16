import { expect, test } from "vitest";
import { hrefWith } from "#components/shared/filter-href.ts";

test("sets, replaces and removes one filter and keeps the others", () => {
  const search = new URLSearchParams("status=failed&system=sys_1");
  expect(hrefWith("/t/acme/runs", search, "status", "missed")).toBe("/t/acme/runs?status=missed&system=sys_1");
  expect(hrefWith("/t/acme/runs", search, "status", "")).toBe("/t/acme/runs?system=sys_1");
  expect(hrefWith("/t/acme/runs", new URLSearchParams("status=failed"), "status", "")).toBe("/t/acme/runs");
});
