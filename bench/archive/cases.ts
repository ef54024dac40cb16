import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { COLLECTOR_OPTIONS } from "#lib/archive/collector.ts";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { protectIdentity } from "#lib/crypto/passphrase.ts";
import { type BenchPaths, PASSPHRASE } from "./bench-folder.ts";
import { endWithUs, type Measured, measureShell } from "./measured-process.ts";
import { makeMixedData } from "./mixed-data.ts";
import { hashTree } from "./tree.ts";

export type Who = "holdfast" | "pipeline" | "restic";

export interface Row extends Measured {
  case: "pack" | "unpack";
  who: Who;
  storedBytes: number;
}

const run = promisify(execFile);
const resticEnv = ({ repository, resticCache }: BenchPaths) => ({
  RESTIC_REPOSITORY: repository,
  RESTIC_CACHE_DIR: resticCache,
  RESTIC_PASSWORD: PASSPHRASE,
});

/** Makes the data and the keys of a run. Answers how many files there are, and a hash of them all. */
export async function prepare(paths: BenchPaths, sizeBytes: number): Promise<{ files: number; hash: string }> {
  const { files } = makeMixedData(paths.source, sizeBytes);
  makeMixedData(paths.small, 50_000, ["text", "json"]);
  const { identity, recipient } = generateIdentity();
  writeFileSync(paths.identity, `${identity}\n`, { mode: 0o600 });
  writeFileSync(paths.recipient, `${recipient}\n`);
  writeFileSync(paths.protectedKey, await protectIdentity(identity, recipient, PASSPHRASE));
  // Fills the cache of what is compiled.
  await runHoldfast(paths, "small");
  return { files, hash: await hashTree(paths.source) };
}

/** Packs and unpacks once, and compares what came back with the source. Throws when anything differs. */
export async function runRound(paths: BenchPaths, who: Who, sourceHash: string): Promise<Row[]> {
  await clear(paths, who);
  const packed = await timed(() => pack(paths, who));
  const storedBytes = sizeBelow(storedAt(paths, who));
  mkdirSync(paths.unpacked);
  const unpacked = await timed(() => unpack(paths, who));
  const hash = await hashTree(paths.unpacked);
  rmSync(paths.unpacked, { recursive: true });
  if (hash !== sourceHash) throw new Error(`What ${who} unpacked is not what it packed.`);
  return [
    { case: "pack", who, ...packed, storedBytes },
    { case: "unpack", who, ...unpacked, storedBytes },
  ];
}

/** One of holdfast-process.ts's tasks. */
export async function runHoldfast(paths: BenchPaths, task: "pack" | "unpack" | "small" | "unlock"): Promise<Measured> {
  const file = join(import.meta.dirname, "holdfast-process.ts");
  // Else each process would translate the sources first, and that would be its peak.
  const env = { ...process.env, NODE_COMPILE_CACHE: paths.compiled };
  const running = run(process.execPath, ["--disable-warning=ExperimentalWarning", ...COLLECTOR_OPTIONS, file, task, paths.folder], { env });
  endWithUs(running.child, () => void running.child.kill("SIGKILL"));
  const { stdout } = await running;
  return JSON.parse(stdout) as Measured;
}

async function clear(paths: BenchPaths, who: Who): Promise<void> {
  for (const path of [paths.unpacked, storedAt(paths, who), paths.resticCache]) rmSync(path, { recursive: true, force: true });
  if (who === "restic") await run("restic", ["init"], { env: { ...process.env, ...resticEnv(paths) } });
}

/** What was written before must not be on its way to the disk while the next is timed. */
function timed(work: () => Promise<Measured>): Promise<Measured> {
  spawnSync("sync");
  return work();
}

function pack(paths: BenchPaths, who: Who): Promise<Measured> {
  if (who === "holdfast") return runHoldfast(paths, "pack");
  if (who === "restic") return measureShell("restic backup --quiet .", { cwd: paths.source, env: resticEnv(paths) });
  const recipient = readFileSync(paths.recipient, "utf8").trim();
  return measureShell(`tar c . | zstd -q -3 -T0 | age -r ${recipient} > ${paths.piped}`, { cwd: paths.source });
}

function unpack(paths: BenchPaths, who: Who): Promise<Measured> {
  if (who === "holdfast") return runHoldfast(paths, "unpack");
  if (who === "restic") return measureShell("restic restore --quiet latest --target .", { cwd: paths.unpacked, env: resticEnv(paths) });
  return measureShell(`age -d -i ${paths.identity} ${paths.piped} | zstd -q -d | tar x`, { cwd: paths.unpacked });
}

function storedAt(paths: BenchPaths, who: Who): string {
  return { holdfast: paths.store, pipeline: paths.piped, restic: paths.repository }[who];
}

function sizeBelow(path: string): number {
  const found = statSync(path);
  if (!found.isDirectory()) return found.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeBelow(join(path, name)), 0);
}
