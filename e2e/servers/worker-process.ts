import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { COLLECTOR_OPTIONS } from "#lib/archive/collector.ts";

export interface WorkerProcess {
  child: ChildProcess;
  /** What it wrote: its log, a JSON document a line. */
  output(): string;
  /** Resolves with the exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
  /** SIGTERM, and waits for the end. */
  stop(): Promise<void>;
}

/** Starts a real worker of the installation that `environment` names. */
export function startWorkerProcess(environment: Readonly<Record<string, string>>): WorkerProcess {
  const child = spawn(process.execPath, [...COLLECTOR_OPTIONS, "worker/main.ts"], {
    env: { PATH: process.env["PATH"] ?? "", NODE_ENV: "test", ...compiledBefore(), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let written = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (written += String(chunk)));
  const ended = once(child, "close").then(() => child.signalCode ?? child.exitCode ?? 0);
  return {
    child,
    output: () => written,
    ended,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Where the sources lie compiled, when the whole of the tests runs. */
export function compiledBefore(): { NODE_COMPILE_CACHE?: string } {
  const folder = process.env["NODE_COMPILE_CACHE"];
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
}
