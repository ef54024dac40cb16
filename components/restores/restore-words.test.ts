import { expect, test } from "vitest";
import { byPart, countWords, isCancellable, restoreSteps, stepOf } from "#components/restores/restore-words.ts";

test("counts what happens to a part, in words", () => {
  const changes = [...Array.from({ length: 3 }, () => ({ action: "change" })), { action: "remove" }, { action: "add" }];
  expect(countWords(changes)).toBe("3 will change, 1 will be added, 1 will go");
  expect(countWords(changes, "done")).toBe("3 changed, 1 added, 1 removed");
  expect(countWords([])).toBe("");
});

test("groups by part in the plan's order", () => {
  const items = [{ part: "Members" }, { part: "Systems" }, { part: "Members" }];
  expect(byPart(items).map(([part, changes]) => [part, changes.length])).toEqual([
    ["Members", 2],
    ["Systems", 1],
  ]);
});

test("a restore stands on the step that its status says", () => {
  expect(stepOf("planned")).toBe(2);
  expect(stepOf("running")).toBe(4);
  expect(stepOf("completed")).toBe(restoreSteps.length);
});

test("what has ended cannot be cancelled", () => {
  expect(isCancellable("planned")).toBe(true);
  expect(isCancellable("completed")).toBe(false);
});
