import fc from "fast-check";
import path from "node:path";
import { expect, test } from "vitest";
import { linkStaysInside, pathProblem } from "#lib/connectors/folder/safe-path.ts";

const part = fc.oneof(fc.constantFrom("..", ".", "", "a", "b"), fc.string({ maxLength: 4 }));
const anyPath = fc.array(part, { maxLength: 6 }).map((parts) => parts.join("/"));

test("a path without a problem stays below any root", () => {
  fc.assert(
    fc.property(anyPath, (candidate) => {
      if (pathProblem(candidate) === null) expect(path.posix.resolve("/root", candidate)).toMatch(/^\/root\/[^]/);
    }),
  );
});

test("a link that stays inside resolves below the root", () => {
  fc.assert(
    fc.property(anyPath, anyPath, (at, target) => {
      if (pathProblem(at) !== null || !linkStaysInside(at, target)) return;
      expect(`${path.posix.resolve("/root", path.posix.dirname(at), target)}/`).toMatch(/^\/root\//);
    }),
  );
});

test.each(["", "/a", "a/../b", "..", "a//b", "a/", "./a", "a\0b"])("%j has a problem", (candidate) => {
  expect(pathProblem(candidate)).not.toBeNull();
});

test.each([
  ["a/b/link", "../../c", true],
  ["a/b/link", "../../../c", false],
  ["link", "a/../../b", false],
  ["link", "/etc/passwd", false],
  ["link", "", false],
  ["a/link", "..", true],
])("a link at %s to %s: inside %s", (at, target, inside) => {
  expect(linkStaysInside(at, target)).toBe(inside);
});
