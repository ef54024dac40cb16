import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./command.ts";

const sources = [
  "app",
  "components",
  "lib",
  "public",
  "instrumentation.ts",
  "package.json",
  "package-lock.json",
  "next.config.js",
  "postcss.config.mjs",
  "tsconfig.json",
];
const stamp = ".next/holdfast-sources";

/**
 * Builds the web application when its sources are not those of the last build.
 * @throws with the builder's own words
 */
export function buildWhenChanged(): void {
  const hash = hashOfSources();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  console.log("Building …");
  // A build that is cut off leaves no stamp of an older one.
  rmSync(stamp, { force: true });
  const environment = { ...process.env, NODE_ENV: "production" as const };
  const result = spawnSync(process.execPath, ["node_modules/next/dist/bin/next", "build"], { encoding: "utf8", env: environment });
  if (result.status !== 0) throw new Error(`The application could not be built:\n${result.stdout}${result.stderr}`);
  writeFileSync(stamp, hash);
}

function hashOfSources(): string {
  const hash = createHash("sha256").update(process.version);
  for (const file of sources.flatMap(filesIn)) hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

function filesIn(path: string): string[] {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return /\.test\.tsx?$/.test(path) ? [] : [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesIn(join(path, name)));
}

if (import.meta.main) {
  await runCommand(async () => {
    buildWhenChanged();
    return 0;
  });
}
