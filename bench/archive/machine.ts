import { spawnSync } from "node:child_process";
import { statfsSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";

const EXT_MAGIC = 0xef53;

/** The machine and the versions that figures were measured with, in a sentence. `folder` is where the data lay. */
export function describeMachine(folder: string): string {
  return describeWith(folder, [
    `Node ${process.versions.node} with zstd ${process.versions["zstd"] ?? "of its own"}`,
    `zstd ${versionOf("zstd", "--version")}`,
    `age ${versionOf("age", "--version")}`,
    `tar ${versionOf("tar", "--version")}`,
    `restic ${versionOf("restic", "version")}`,
  ]);
}

/** The same for a benchmark with other programs beside it. */
export function describeWith(folder: string, tools: readonly string[]): string {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 1024 ** 3)} GiB of memory`;
  const disk = statfsSync(folder).type === EXT_MAGIC ? "ext4" : `a file system of type 0x${statfsSync(folder).type.toString(16)}`;
  // Of the last quarter of an hour: over the number of cores, other work ran beside it, and the times say little.
  const load = `a load of ${(loadavg()[2] ?? 0).toFixed(1)} at the end`;
  return `Machine: ${cpus().length} × ${cpu?.model ?? "unknown"}, ${memory}, ${disk}, Linux ${release()}, ${load}; ${tools.join(", ")}.`;
}

/** The version that a program says it has. */
export function versionOf(program: string, argument: string): string {
  const { stdout } = spawnSync(program, [argument], { encoding: "utf8" });
  return /\d+\.\d+(\.\d+)?/.exec(stdout)?.[0] ?? "unknown";
}
