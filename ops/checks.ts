import { spawn } from "node:child_process";
import { existsSync } from "node:fs";

export interface Check {
  name: string;
  /** A command line for a shell, with node_modules/.bin on its PATH. */
  command: string;
}

export interface CheckResult {
  name: string;
  ok: boolean;
  output: string;
  seconds: number;
}

const modules = ["app", "components", "lib", "worker", "prisma", "ops", "e2e", "bench"].filter((folder) => existsSync(folder));

/** What is true of the sources without running them. */
export const staticChecks: readonly Check[] = [
  { name: "types", command: "next typegen && tsc --noEmit" },
  { name: "lint", command: "eslint . --max-warnings 0 --cache --cache-location .cache/eslint/ --cache-strategy content" },
  { name: "format", command: "prettier --check . --log-level warn --cache --cache-location .cache/prettier" },
  { name: "dependency rules", command: `depcruise ${modules.join(" ")} --config .dependency-cruiser.cjs --output-type err` },
  { name: "dead code", command: "knip --no-progress" },
  { name: "documents", command: "node --disable-warning=ExperimentalWarning ops/check-docs.ts" },
];

/** Runs one check; prints a line when it is done, and its words when it failed. */
export async function runCheck({ name, command }: Check): Promise<CheckResult> {
  const startedAt = Date.now();
  const child = spawn(command, { shell: true, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const ok = await new Promise<boolean>((done) => {
    child.once("error", (error) => {
      output += error.message;
      done(false);
    });
    child.once("close", (code) => done(code === 0));
  });
  const seconds = Math.round((Date.now() - startedAt) / 100) / 10;
  console.log(`${ok ? "passed" : "FAILED"}  ${name} (${seconds} s)`);
  if (!ok) console.log(output.trim());
  return { name, ok, output, seconds };
}
