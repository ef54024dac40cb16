import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { runCommand } from "./command.ts";

// Benchmarks and exhaustive runs, by name: bench/<name>.ts.
await runCommand(async () => {
  const [name, ...args] = process.argv.slice(2);
  const files = existsSync("bench") ? readdirSync("bench") : [];
  const names = files.filter((file) => /^[\w-]+\.ts$/.test(file)).map((file) => file.replace(/\.ts$/, ""));
  if (!name || !names.includes(name)) {
    console.log(
      `${name ? `There is no benchmark ${name}. ` : ""}npm run bench -- <name>, where <name> is one of: ${names.join(", ") || "none yet"}.`,
    );
    return name ? 1 : 0;
  }
  return (
    spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", `bench/${name}.ts`, ...args], { stdio: "inherit" }).status ?? 1
  );
});
