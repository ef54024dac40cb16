import { expect, test } from "vitest";
import { checkZone } from "./check-zone.ts";

const YEAR_MS = 366 * 86_400_000;

// What `npm run bench calendar` does with every zone over ten years: zones whose clocks move by an hour, by half of one, by two, twice more in a year, at
// midnight, over a whole day, or not at all.
test.each([
  ["Europe/Berlin", 2026, 2],
  ["America/New_York", 2027, 2],
  ["Australia/Lord_Howe", 2026, 2],
  ["Antarctica/Troll", 2026, 2],
  ["Africa/Casablanca", 2024, 2],
  ["Africa/Cairo", 2026, 2],
  ["America/Santiago", 2026, 2],
  ["Asia/Beirut", 2026, 2],
  ["America/Sao_Paulo", 2018, 2],
  ["Pacific/Apia", 2011, 3],
  ["Asia/Kathmandu", 2026, 0],
  ["UTC", 2026, 0],
])("%s in %d: each local time once, at its first showing or after the jump", (zone, year, transitions) => {
  const checked = checkZone(zone, Date.UTC(year, 0, 1), Date.UTC(year, 0, 1) + YEAR_MS);
  expect(checked.faults).toEqual([]);
  expect(checked.transitions).toBe(transitions);
  expect(checked.occurrences).toBeGreaterThan(100);
});
