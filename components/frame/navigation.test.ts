import { expect, test } from "vitest";
import { navigationItemAt, visibleNavigation } from "#components/frame/navigation.ts";

test("a page belongs to its list", () => {
  expect(navigationItemAt("acme", "/t/acme/systems/sys_1/edit")?.id).toBe("systems");
  expect(navigationItemAt("acme", "/t/acme/systems")?.id).toBe("systems");
});

test("the overview is only the tenant's own address", () => {
  expect(navigationItemAt("acme", "/t/acme")?.id).toBe("overview");
  expect(navigationItemAt("acme", "/t/acme/systematic")).toBeUndefined();
});

test("what may not be seen is not in the list", () => {
  expect(visibleNavigation(["systems.read"])).toEqual(["overview", "systems", "notifications"]);
});
