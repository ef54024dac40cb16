import { expect, test } from "vitest";
import { FORMAT_VERSION } from "#lib/archive/limits.ts";
import { PRODUCT_VERSION } from "#lib/installation.ts";
import { isNewer, refuseNewerVersions } from "#lib/restores/version-rule.ts";

test.each([
  ["1.0.0", "1.0.0", false],
  ["1.10.0", "1.9.9", true],
  ["1.9.9", "1.10.0", false],
  ["2.0", "1.99.99", true],
  ["1.0", "1.0.0", false],
  ["1.0.1-rc.1", "1.0.0", true],
  ["1.0.0-rc.1", "1.0.0", false],
])("%s is newer than %s: %s", (version, than, expected) => {
  expect(isNewer(version, than)).toBe(expected);
});

test("an older or the same version is taken, a newer format or product is not", () => {
  const present = { formatVersion: FORMAT_VERSION, productVersion: PRODUCT_VERSION };
  expect(() => refuseNewerVersions(present)).not.toThrow();
  expect(() => refuseNewerVersions({ ...present, productVersion: "0.0.1" })).not.toThrow();
  const code = (value: string): unknown => expect.objectContaining({ code: value });
  expect(() => refuseNewerVersions({ ...present, formatVersion: FORMAT_VERSION + 1 })).toThrow(code("newer-format"));
  expect(() => refuseNewerVersions({ ...present, productVersion: "99.0.0" })).toThrow(code("newer-product-version"));
});
