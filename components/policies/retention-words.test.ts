import { describe, expect, test } from "vitest";
import { presentWords, yearWords } from "#components/policies/retention-words.ts";

describe("presentWords", () => {
  test.each([
    [0, 0, "The policy has no backups yet."],
    [1, 0, "Keeps the present backup."],
    [30, 0, "Keeps all of the present 30 backups."],
    [31, 12, "Keeps 31, deletes 12 of the present 43 backups after the next run of each system."],
  ])("%i and %i", (keeps, deletes, words) => {
    expect(presentWords({ keeps, deletes })).toBe(words);
  });
});

describe("yearWords", () => {
  test.each([
    [366, 30, 29, "After a year there are 30 backups of each system, the oldest 29 days old, if every run succeeds."],
    [366, 1, 0, "After a year there is 1 backup of each system, less than a day old, if every run succeeds."],
    [31, 8642, 1, "After 31 days there are 8,642 backups of each system, the oldest 1 day old, if every run succeeds."],
    [366, 0, 0, "After a year there is no backup yet: the schedule does not run before that."],
  ])("%i days, %i backups, %i days old", (days, backups, oldestDays, words) => {
    expect(yearWords({ days, backups, oldestDays })).toBe(words);
  });
});
