import { expect, test } from "vitest";
import { gapWords } from "#components/systems/gap-words.ts";

test.each([
  [[[3, 3]], "Backup number 3 is not in this catalogue"],
  [[[7, 9]], "Backups number 7 to 9 are not in this catalogue"],
  [
    [
      [3, 3],
      [7, 9],
    ],
    "Backups number 3 and 7 to 9 are not in this catalogue",
  ],
  [
    [
      [1, 1],
      [3, 3],
      [5, 5],
      [7, 7],
      [9, 9],
      [11, 11],
      [13, 13],
    ],
    "Backups number 1, 3, 5, 7, 9 and 2 more gaps are not in this catalogue",
  ],
] as [[number, number][], string][])("%j", (gaps, words) => {
  expect(gapWords(gaps.map(([from, to]) => ({ from, to })))).toBe(words);
});
