import { expect, test } from "vitest";
import { BadRequestError } from "#lib/errors.ts";
import { findUnstorableText } from "#lib/http/text-problem.ts";

test.each([
  [{ cursor: "a\0" }, "cursor"],
  [{ config: { include: ["ok", "\ud800"] } }, "config.include.1"],
  [{ config: { "a\0": 1 } }, "config"],
])("%j is found", (value, path) => {
  expect(findUnstorableText(value)).toMatchObject({ path });
});

test.each([null, undefined, 7, { name: "🗝️ ünï", list: [1, true, null] }])("%j is fine", (value) => {
  expect(findUnstorableText(value)).toBeNull();
});

test("what is nested for ever is refused", () => {
  const depth = 500_000;
  expect(() => findUnstorableText(JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`))).toThrow(BadRequestError);
});
