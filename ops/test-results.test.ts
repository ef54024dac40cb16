import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { countPlaywright, countVitest } from "./test-results.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-test-results-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("vitest's report", () => {
  test("is counted by kind; skipped tests and files that do not load are failures", () => {
    const file = write({
      testResults: [
        { name: "/a.test.ts", status: "passed", assertionResults: [{ status: "passed" }, { status: "passed" }] },
        { name: "/b.test.ts", status: "failed", assertionResults: [{ status: "passed" }, { status: "failed" }, { status: "skipped" }] },
        { name: "/c.test.ts", status: "failed", assertionResults: [] },
        { name: "/d.integration.test.ts", status: "failed", assertionResults: [{ status: "passed" }] },
      ],
    });
    expect(countVitest(file)).toEqual([
      { suite: "unit tests", passed: 3, failed: 3 },
      { suite: "integration tests", passed: 1, failed: 1 },
    ]);
  });

  test("without a single test, or missing, is a failure", () => {
    const nothing = [
      { suite: "unit tests", passed: 0, failed: 1 },
      { suite: "integration tests", passed: 0, failed: 1 },
    ];
    expect(countVitest(write({ testResults: [] }))).toEqual(nothing);
    expect(countVitest(join(folder, "missing.json"))).toEqual(nothing);
  });
});

describe("Playwright's report", () => {
  test.each([
    [{ expected: 4, unexpected: 0, flaky: 0, skipped: 0 }, 4, 0],
    [{ expected: 4, unexpected: 1, flaky: 1, skipped: 1 }, 4, 3],
    [{ expected: 0, unexpected: 0, flaky: 0, skipped: 0 }, 0, 1],
  ])("%j", (stats, passed, failed) => {
    expect(countPlaywright(write({ stats, errors: [] }))).toEqual({ suite: "browser journeys", passed, failed });
  });
});

function write(report: object): string {
  const file = join(folder, "report.json");
  writeFileSync(file, JSON.stringify(report));
  return file;
}
