import { expect, test } from "vitest";
import { formatBytes } from "#components/ui/format-bytes.ts";

const cases: [number, string][] = [
  [0, "0 bytes"],
  [1, "1 byte"],
  [1023, "1023 bytes"],
  [1024, "1 KiB"],
  [1536, "1.5 KiB"],
  [102_348, "99.9 KiB"],
  [102_400, "100 KiB"],
  [1_048_575, "1 MiB"],
  [221_249_536, "211 MiB"],
  [5 * 1024 ** 3, "5 GiB"],
  [1.25 * 1024 ** 4, "1.3 TiB"],
  [3000 * 1024 ** 5, "3000 PiB"],
];

test.each(cases)("%d is %s", (sizeBytes, expected) => {
  expect(formatBytes(sizeBytes)).toBe(expected);
});
