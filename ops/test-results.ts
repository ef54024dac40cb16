import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";

export interface Count {
  /** What ran: "unit". */
  suite: string;
  passed: number;
  /** Includes what was skipped: a test that does not run proves nothing. */
  failed: number;
}

const vitestReport = z.object({
  testResults: z.array(z.object({ name: z.string(), status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
});

const playwrightReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
  errors: z.array(z.unknown()).default([]),
});

/** Counts of the unit and the integration tests, from vitest's JSON report. A file that could not be loaded counts as one failure, no tests at all as well. */
export function countVitest(reportFile: string): Count[] {
  const files = existsSync(reportFile) ? vitestReport.parse(JSON.parse(readFileSync(reportFile, "utf8"))).testResults : [];
  const isIntegration = (name: string) => name.endsWith(".integration.test.ts");
  return [
    countFiles(
      "unit tests",
      files.filter((file) => !isIntegration(file.name)),
    ),
    countFiles(
      "integration tests",
      files.filter((file) => isIntegration(file.name)),
    ),
  ];
}

/** Counts of the browser journeys, from Playwright's JSON report. */
export function countPlaywright(reportFile: string): Count {
  const suite = "browser journeys";
  if (!existsSync(reportFile)) return { suite, passed: 0, failed: 1 };
  const { stats, errors } = playwrightReport.parse(JSON.parse(readFileSync(reportFile, "utf8")));
  return atLeastOne({ suite, passed: stats.expected, failed: stats.unexpected + stats.flaky + stats.skipped + errors.length });
}

function countFiles(suite: string, files: z.output<typeof vitestReport>["testResults"]): Count {
  const results = files.flatMap((file) => (file.assertionResults.length > 0 ? file.assertionResults : [{ status: "failed" }]));
  const passed = results.filter((result) => result.status === "passed").length;
  // A hook that fails after every test has passed fails the file alone.
  const brokenFiles = files.filter((file) => file.status !== "passed" && file.assertionResults.length > 0);
  const unseen = brokenFiles.filter((file) => file.assertionResults.every((result) => result.status === "passed")).length;
  return atLeastOne({ suite, passed, failed: results.length - passed + unseen });
}

function atLeastOne(count: Count): Count {
  return count.passed + count.failed === 0 ? { ...count, failed: 1 } : count;
}
