import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

// Waits for the next whole minute, at which everything is due.
const LONGEST_MS = 300_000;

const night = { backend: "redis", workers: 2, systems: 8, destinationMs: 100 };
const figures = ["runsPerMinute", "latenessP50Ms", "latenessP99Ms", "fairness"];

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-test-bench-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("two workers complete what is due at one minute, and nothing but a row is printed or left behind", { timeout: LONGEST_MS }, () => {
  const asked = ["--systems", "8", "--backend", "redis", "--workers", "2", "--destination-ms", "100"];
  const args = ["--disable-warning=ExperimentalWarning", "ops/bench.ts", "schedule", "--json", ...asked];
  const ran = spawnSync(process.execPath, args, { encoding: "utf8", env: { ...process.env, TMPDIR: folder } });
  expect(ran.stderr).toBe("");
  const rows = JSON.parse(ran.stdout) as Record<string, unknown>[];
  expect(rows).toHaveLength(1);
  const [row = {}] = rows;
  expect(Object.keys(row)).toEqual([...Object.keys(night), ...figures]);
  expect(row).toMatchObject(night);
  for (const figure of figures) expect(row[figure], figure).toBeGreaterThan(0);
  expect(readdirSync(folder)).toEqual([]);
});

test("a look of the dispatcher finds what it needs by indexes", { timeout: LONGEST_MS }, () => {
  const asked = ["--due-query", "--policies", "1000", "--past-runs", "30000"];
  const args = ["--disable-warning=ExperimentalWarning", "ops/bench.ts", "schedule", "--json", ...asked];
  const ran = spawnSync(process.execPath, args, { encoding: "utf8", env: { ...process.env, TMPDIR: folder } });
  expect(ran.stderr).toBe("");
  const costs = JSON.parse(ran.stdout) as { statement: string; nextMs: number | null; access: string }[];
  const regular = costs.filter(({ nextMs }) => nextMs !== null).map(({ access }) => access);
  for (const index of ["runs_status_due_at_idx", "backups_status_verified_at_idx", "backup_copies_due_idx"]) {
    expect(regular.join()).toContain(index);
  }
  expect(costs.filter(({ access }) => /all of (runs|backups|backup_copies)/.test(access))).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});
