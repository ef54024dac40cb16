import { expect, test } from "vitest";
import { removalPause } from "#lib/backups/removal-pause.ts";

test("pauses grow from five minutes to a day and no further", () => {
  const minutes = [0, 1, 2, 3, 4, 5, 1000, Infinity].map((attempts) => removalPause(attempts) / 60_000);
  expect(minutes).toEqual([5, 20, 80, 320, 1280, 1440, 1440, 1440]);
});
