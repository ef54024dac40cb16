import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pathsIn } from "./archive/bench-folder.ts";
import { prepare, runRound } from "./archive/cases.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-test-bench-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("prints one row for each case and program, nothing else, and leaves nothing behind", () => {
  const args = ["--disable-warning=ExperimentalWarning", "ops/bench.ts", "archive", "--json", "--size", "2MiB", "--rounds", "1"];
  const ran = spawnSync(process.execPath, args, { encoding: "utf8", env: { ...process.env, TMPDIR: folder } });
  expect(ran.stderr).toBe("");
  const rows = JSON.parse(ran.stdout) as Record<string, unknown>[];
  expect(rows.map((row) => `${String(row["case"])} ${String(row["who"])}`)).toEqual(
    ["pack", "unpack"].flatMap((what) => ["holdfast", "pipeline", "restic"].map((who) => `${what} ${who}`)),
  );
  for (const row of rows) {
    expect(Object.keys(row).sort()).toEqual(["case", "cpuMs", "peakMiB", "storedBytes", "wallMs", "who"]);
    for (const figure of ["cpuMs", "peakMiB", "storedBytes", "wallMs"]) expect(row[figure], figure).toBeGreaterThan(0);
  }
  expect(readdirSync(folder)).toEqual([]);
});

test("leaves nothing behind when it is ended in the middle", async () => {
  const args = ["--disable-warning=ExperimentalWarning", "bench/archive.ts", "--size", "64MiB"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, TMPDIR: folder } });
  const closed = new Promise((resolve) => child.once("close", resolve));
  for await (const text of child.stderr) if (String(text).includes("Round 1 of 3: pipeline")) break;
  child.kill("SIGTERM");
  expect(await closed).toBe(1);
  expect(readdirSync(folder)).toEqual([]);
});

test("fails when what was unpacked is not the source", async () => {
  const paths = pathsIn(folder);
  const { hash } = await prepare(paths, 1024 * 1024);
  const [packed, unpacked] = await runRound(paths, "holdfast", hash);
  expect([packed?.case, unpacked?.case]).toEqual(["pack", "unpack"]);
  appendFileSync(join(paths.source, "text/0/0.conf"), "x");
  await expect(runRound(paths, "holdfast", hash)).rejects.toThrow("What holdfast unpacked is not what it packed.");
});
