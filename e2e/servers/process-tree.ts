import { readFile } from "node:fs/promises";

/** Ends a process and all that it started, by their ids (Linux). Processes that are gone already are fine. */
export async function killTree(pid: number, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  const children = await childrenOf(pid);
  kill(pid, signal);
  for (const child of children) await killTree(child, signal);
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  return text.split(" ").filter(Boolean).map(Number);
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
