import { expect, test } from "vitest";
import { createSelection } from "#lib/connectors/folder/globs.ts";

test.each<[string, string[], string[], boolean]>([
  ["a/b.conf", [], [], true],
  ["a/.hidden", [], [], true],
  ["a/b.conf", ["*.conf"], [], false],
  ["b.conf", ["*.conf"], [], true],
  ["a/b/c.conf", ["**/*.conf"], [], true],
  ["a/.hidden", ["a/*"], [], true],
  ["a/b.conf", ["**/*.conf"], ["a/**"], false],
  ["a", [], ["a/**"], false],
  ["ab", [], ["a/**"], true],
  ["a/b.log", [], ["**/*.log"], false],
  ["with space/ü.txt", ["with space/*"], [], true],
])("%s with include %j and exclude %j: taken %s", (path, include, exclude, taken) => {
  expect(createSelection(include, exclude).takes(path)).toBe(taken);
});
