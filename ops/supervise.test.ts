import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Supervised, supervise } from "./supervise.ts";

let folder: string;
let program: Supervised | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-test-supervise-"));
});
afterEach(async () => {
  await program?.stop();
  program = null;
  rmSync(folder, { recursive: true, force: true });
});

test("a program that dies is started again", async () => {
  run(
    "lives = (existsSync(file) ? readFileSync(file, 'utf8') : '') + 'x'; writeFileSync(file, lives); if (lives === 'x') process.kill(process.pid, 'SIGKILL');",
  );
  await until(() => contents() === "xx");
});

test("a program that is asked to stop may finish its work, and is not started again", async () => {
  run(
    "process.on('SIGTERM', () => setTimeout(() => { writeFileSync(file, 'drained'); process.exit(0); }, 50)); writeFileSync(file, 'up');",
  );
  await until(() => contents() === "up");
  await program?.stop();
  expect(contents()).toBe("drained");
});

test("a program that does not stop in time is killed", async () => {
  run("process.on('SIGTERM', () => undefined); writeFileSync(file, String(process.pid));", 100);
  await until(() => contents() !== "");
  const pid = Number(contents());
  await program?.stop();
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
});

function run(body: string, drainMs = 10_000): void {
  const script = join(folder, "program.mjs");
  const prelude = `import { existsSync, readFileSync, writeFileSync } from "node:fs"; const file = ${JSON.stringify(join(folder, "file"))}; let lives;`;
  writeFileSync(script, `${prelude} ${body} setInterval(() => undefined, 1000);`);
  program = supervise({ name: "program", args: [script], environment: { PATH: process.env["PATH"], NODE_ENV: "test" }, drainMs });
}

function contents(): string {
  const file = join(folder, "file");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await delay(20);
}
