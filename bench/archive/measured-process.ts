import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** What one case took. CPU is user and system time; peak is resident memory, of a pipeline the sum of its members' peaks. */
export interface Measured {
  wallMs: number;
  cpuMs: number;
  peakMiB: number;
}

const LOOK_EVERY_MS = 10;

/** Runs a command line in bash; every process of it is counted. Throws with what it said when it fails. */
export async function measureShell(commandLine: string, options: { cwd: string; env?: Record<string, string> }): Promise<Measured> {
  const startedAt = performance.now();
  // Its own builtin tells the CPU time of all that it waited for, to the millisecond.
  const shell = spawn("bash", ["-c", `set -o pipefail; { ${commandLine}; } && times`], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env, LC_ALL: "C" },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that all of it can be ended.
    detached: true,
  });
  endWithUs(shell, () => {
    if (shell.pid !== undefined) process.kill(-shell.pid, "SIGKILL");
  });
  const peaks = new Map<string, number>();
  // Children that end between two looks are not seen; the shell is, as soon as it was started.
  const shellKib = shell.pid === undefined ? 0 : peakKibOf(shell.pid);
  const looking = setInterval(() => lookAt(shell.pid, peaks), LOOK_EVERY_MS);
  let said = "";
  for (const stream of [shell.stdout, shell.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    shell.once("error", reject);
    shell.once("close", resolve);
  }).finally(() => clearInterval(looking));
  const wallMs = performance.now() - startedAt;
  if (code !== 0) throw new Error(`This failed: ${commandLine}\n${said}`);
  const peakKib = Math.max(
    [...peaks.values()].reduce((sum, peak) => sum + peak, 0),
    shellKib,
  );
  return { wallMs, cpuMs: childrenCpuMs(said), peakMiB: peakKib / 1024 };
}

/** Ends a child when this process ends before it, so that it does not go on writing to a folder that is being removed. */
export function endWithUs(child: ChildProcess, end: () => void): void {
  process.prependListener("exit", end);
  child.once("close", () => process.removeListener("exit", end));
}

/** Keeps the kernel's own high-water mark of each child. */
function lookAt(shellId: number | undefined, peaks: Map<string, number>): void {
  if (shellId === undefined) return;
  for (const id of readOrEmpty(`/proc/${shellId}/task/${shellId}/children`).split(" ").filter(Boolean)) {
    peaks.set(id, Math.max(peaks.get(id) ?? 0, peakKibOf(id)));
  }
}

function peakKibOf(id: string | number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readOrEmpty(`/proc/${id}/status`))?.[1] ?? 0);
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // The process has just ended.
    return "";
  }
}

/** The last line of `times`: user and system time of the children, as 1m2.345s. */
function childrenCpuMs(said: string): number {
  const found = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/.exec(said);
  const [userMinutes, userSeconds, systemMinutes, systemSeconds] = (found ?? []).slice(1).map(Number);
  if (systemSeconds === undefined) throw new Error(`bash told no times: ${said}`);
  return (((userMinutes ?? 0) + (systemMinutes ?? 0)) * 60 + (userSeconds ?? 0) + systemSeconds) * 1000;
}
