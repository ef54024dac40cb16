import { expect, test } from "vitest";
import { differences } from "#components/restores/plan-difference.ts";

test("shows only the fields that differ", () => {
  expect(differences({ role: "admin", name: "Ada" }, { role: "viewer", name: "Ada" })).toEqual([
    { field: "role", before: "admin", after: "viewer" },
  ]);
});

test("shows everything of what is added or removed", () => {
  expect(differences(undefined, { role: "viewer" })).toEqual([{ field: "role", before: null, after: "viewer" }]);
  expect(differences({ role: "viewer" }, undefined)).toEqual([{ field: "role", before: "viewer", after: null }]);
});

test("shows values that are no records as they are", () => {
  expect(differences("old", "new")).toEqual([{ field: null, before: "old", after: "new" }]);
  expect(differences([1], [1, 2])).toEqual([{ field: null, before: "[\n 1\n]", after: "[\n 1,\n 2\n]" }]);
});
