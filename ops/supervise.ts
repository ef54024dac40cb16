import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";

export interface Program {
  /** What people call it: "worker". */
  name: string;
  /** Arguments of Node: the script and its own. */
  args: string[];
  environment: NodeJS.ProcessEnv;
  /** How long it may take to end when asked to, before it is killed. */
  drainMs: number;
}

export interface Supervised {
  /** Asks the program to end, waits, and kills it when it takes too long. */
  stop(): Promise<void>;
}

const firstWaitMs = 500;
const longestWaitMs = 30_000;
/** Who lived this long has started well: the next death is a new story. */
const settledMs = 60_000;

/** Keeps a program of ours running: starts it again when it dies, each time a little later. */
export function supervise(program: Program): Supervised {
  const stopping = new AbortController();
  let child: ChildProcess | null = null;
  const life = (async () => {
    let waitMs = firstWaitMs;
    while (!stopping.signal.aborted) {
      const startedAt = Date.now();
      child = start(program);
      const how = await ended(child);
      if (isAborted(stopping.signal)) return;
      waitMs = Date.now() - startedAt > settledMs ? firstWaitMs : Math.min(waitMs * 2, longestWaitMs);
      console.error(`${program.name} ended (${how}); starting it again in ${waitMs / 1000} s.`);
      await delay(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      child?.kill("SIGTERM");
      const timer = setTimeout(() => child?.kill("SIGKILL"), program.drainMs);
      await life;
      clearTimeout(timer);
    },
  };
}

/** Starts a program of ours in a process group of its own, where a terminal's Ctrl-C does not reach it. */
export function start({ args, environment }: Pick<Program, "args" | "environment">): ChildProcess {
  const parent = new URL("exit-with-parent.mjs", import.meta.url).href;
  return spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--import", parent, ...args], {
    env: { ...environment, HOLDFAST_LAUNCHER_PID: String(process.pid) },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    detached: true,
  });
}

async function ended(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    return signal ?? `exit code ${code ?? "unknown"}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A signal may be raised while something is awaited, which a type checker does not know. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
