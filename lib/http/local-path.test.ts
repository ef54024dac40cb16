import { expect, test } from "vitest";
import { localPath } from "#lib/http/local-path.ts";

test.each([
  ["/", "/"],
  ["/t/cellar/backups?cursor=1#top", "/t/cellar/backups?cursor=1#top"],
])("%j is ours", (wanted, path) => {
  expect(localPath(wanted)).toBe(path);
});

test.each([
  "",
  "https://evil.example",
  "javascript:alert(1)",
  "//evil.example",
  "/\\evil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  "/\r\\evil.example",
  "/.//evil.example",
  "/a/..//evil.example",
  "///evil.example",
  "\t//evil.example",
])("%j is not", (wanted) => {
  const path = localPath(wanted);
  expect(new URL(path, "https://holdfast.example").origin).toBe("https://holdfast.example");
  expect(path).toBe("/");
});
