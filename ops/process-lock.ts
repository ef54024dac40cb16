import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Takes a lock file for the life of this process. A lock whose process is gone is taken over, also when its number
 * was given to another process since.
 *
 * @returns gives the lock back
 * @throws ProcessLockedError when a living process holds it
 */
export function lockForProcess(path: string): () => void {
  mkdirSync(dirname(path), { recursive: true });
  for (;;) {
    try {
      writeFileSync(path, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }), { flag: "wx" });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const holder = readHolder(path);
    if (holder && isAlive(holder.pid) && startOf(holder.pid) === holder.started) throw new ProcessLockedError(holder.pid);
    rmSync(path, { force: true });
  }
}

export class ProcessLockedError extends Error {
  readonly pid: number;

  constructor(pid: number) {
    super(`Process ${pid} holds the lock.`);
    this.pid = pid;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function readHolder(path: string): { pid: number; started: string } | null {
  try {
    const holder: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof holder !== "object" || holder === null || !("pid" in holder) || !("started" in holder)) return null;
    return typeof holder.pid === "number" ? { pid: holder.pid, started: String(holder.started) } : null;
  } catch {
    return null;
  }
}

/** The kernel's start time of a process (field 22 of its stat, see proc(5)), or "" where there is no /proc. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
