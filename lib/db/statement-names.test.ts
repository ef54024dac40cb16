import { expect, test } from "vitest";
import { createStatementNames } from "#lib/db/statement-names.ts";

test("a statement keeps its name; what has no values, works on a long list or on many has none", () => {
  const nameOf = createStatementNames();
  const first = nameOf({ sql: "SELECT $1", args: [1] });
  expect(first).not.toBe("");
  expect(nameOf({ sql: "SELECT $1::int", args: [1] })).not.toBe(first);
  expect(nameOf({ sql: "SELECT $1", args: ["other"] })).toBe(first);
  expect(nameOf({ sql: "SELECT $1", args: [["a", "few"]] })).toBe(first);
  for (const args of [[], [Array.from({ length: 9 }, () => 1)], Array.from({ length: 25 }, () => 1)])
    expect(nameOf({ sql: "SELECT", args })).toBe("");
});

test("no more are named than a connection may keep", () => {
  const nameOf = createStatementNames();
  const names = Array.from({ length: 1000 }, (_, index) => nameOf({ sql: `SELECT ${index} + $1`, args: [1] })).filter(
    (name) => name !== "",
  );
  expect([names.length, new Set(names).size]).toEqual([300, 300]);
  expect(nameOf({ sql: "SELECT 0 + $1", args: [2] })).toBe(names[0]);
});
