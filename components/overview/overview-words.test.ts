import { expect, test } from "vitest";
import { overviewSentence, promiseWords } from "#components/overview/overview-words.ts";

const counts = { systems: 3, destinations: 1, backups: 9, warnings: 2, attention: 1, running: 0 };

test("says the state of everything in one sentence", () => {
  expect(overviewSentence({ state: "proven", counts })).toBe("Everything is backed up and proven.");
  expect(overviewSentence({ state: "warnings", counts })).toBe("Backed up, with 2 warnings.");
  expect(overviewSentence({ state: "warnings", counts: { ...counts, warnings: 1 } })).toBe("Backed up, with 1 warning.");
  expect(overviewSentence({ state: "attention", counts })).toBe("1 system needs attention.");
  expect(overviewSentence({ state: "attention", counts: { ...counts, attention: 2 } })).toBe("2 systems need attention.");
  expect(overviewSentence({ state: "running", counts })).toBe("Backing up now.");
  expect(overviewSentence({ state: "waiting", counts })).toBe("Waiting for the first backup.");
});

test("says a promise in hours, and long ones in days", () => {
  expect(promiseWords(26)).toBe("at most 26 hours");
  expect(promiseWords(50)).toBe("at most 3 days");
});
