import { expect, test } from "vitest";
import { MANIFEST } from "#lib/archive/archive-fixture.ts";
import { refuseUnsafeLink } from "#lib/archive/entry-paths.ts";
import { describeArchive, parseDescription, parseManifest } from "#lib/archive/manifest.ts";

test("fields that are not known yet are left aside", () => {
  expect(parseManifest(JSON.stringify({ ...MANIFEST, colour: "green" }))).toEqual(MANIFEST);
});

test("the description beside an archive says what it holds and what it weighs", () => {
  const packed = { storedBytes: 10, tarBytes: 20, sha256: "a".repeat(64), index: { totals: { entries: 1 } } };
  const description = describeArchive(MANIFEST, packed, { name: "bak_1.tar.zst.age", number: 7 });
  expect(parseDescription(JSON.stringify(description))).toEqual(description);
  expect(description).toMatchObject({ backupId: "bak_1", number: 7, archive: { sizeBytes: 10, tarBytes: 20, entries: 1 } });
});

test("links that stay inside are allowed", () => {
  for (const [path, target] of [
    ["a", "b"],
    ["a", "./b/c"],
    ["d/a", "../b"],
    ["d/a", ".."],
    ["d/e/a", "../../b"],
  ] as const) {
    expect(() => refuseUnsafeLink(path, target)).not.toThrow();
  }
});
