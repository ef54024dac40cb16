import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { runCheck, staticChecks } from "./checks.ts";
import { runCommand } from "./command.ts";
import { ensureTestNeeds } from "./test-needs.ts";
import { type Count, countPlaywright, countVitest } from "./test-results.ts";

// All tests: static checks, unit, integration on real servers, the production build, browser journeys.
await runCommand(async () => {
  ensureTestNeeds();
  // Else each of a thousand processes would translate and compile the same sources anew.
  process.env["NODE_COMPILE_CACHE"] ??= resolve(".cache/compiled");
  const reports = mkdtempSync(join(tmpdir(), "holdfast-test-reports-"));
  try {
    const counts = [await checkSources(), ...(await runVitest(join(reports, "vitest.json")))];
    const build = await runCheck({ name: "production build", command: "node --disable-warning=ExperimentalWarning ops/build.ts" });
    counts.push({ suite: build.name, passed: build.ok ? 1 : 0, failed: build.ok ? 0 : 1 });
    if (build.ok) counts.push(await runPlaywright(join(reports, "playwright.json")));
    else console.log("The browser journeys need the build, and did not run.");
    return report(counts);
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
});

async function checkSources(): Promise<Count> {
  const results = await Promise.all(staticChecks.map(runCheck));
  const passed = results.filter((result) => result.ok).length;
  return { suite: "static checks", passed, failed: results.length - passed };
}

async function runVitest(reportFile: string): Promise<Count[]> {
  const status = await run("vitest", ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`]);
  return notAllGood(status, countVitest(reportFile));
}

async function runPlaywright(reportFile: string): Promise<Count> {
  const status = await run("playwright", ["test", "--config", "e2e/playwright.config.ts", "--reporter=list,json"], {
    PLAYWRIGHT_JSON_OUTPUT_FILE: reportFile,
  });
  const [count] = notAllGood(status, [countPlaywright(reportFile)]);
  return count ?? { suite: "browser journeys", passed: 0, failed: 1 };
}

/** A runner may fail although each of its tests passed: an error outside of all tests. */
function notAllGood(status: number, counts: Count[]): Count[] {
  const [first, ...rest] = counts;
  if (status === 0 || !first || counts.some((count) => count.failed > 0)) return counts;
  return [{ ...first, failed: 1 }, ...rest];
}

async function run(program: string, args: string[], environment: Record<string, string> = {}): Promise<number> {
  const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, ...environment } });
  const passOn = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, passOn);
  try {
    const [code] = (await once(child, "exit")) as [number | null];
    return code ?? 1;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, passOn);
  }
}

function report(counts: Count[]): number {
  for (const { suite, passed, failed } of counts) console.log(`${suite}: ${passed} passed, ${failed} failed`);
  const sum = (pick: (count: Count) => number) => counts.reduce((total, count) => total + pick(count), 0);
  const failed = sum((count) => count.failed);
  console.log(`${sum((count) => count.passed)} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
