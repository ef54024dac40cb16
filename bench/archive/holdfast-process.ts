import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, readFileSync, writeFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { openArchive } from "#lib/archive/archive-reader.ts";
import { limitsFor } from "#lib/archive/limits.ts";
import type { Manifest } from "#lib/archive/manifest.ts";
import { packArchive } from "#lib/archive/pack.ts";
import { proveArchive } from "#lib/archive/prove.ts";
import { createSpool } from "#lib/archive/spool.ts";
import { openLocalSession } from "#lib/connectors/local/session.ts";
import { readHeader } from "#lib/crypto/age.ts";
import { openKeyFile } from "#lib/crypto/passphrase.ts";
import { createFileKey, encryptHeader, fileKeyFromHeader } from "#lib/crypto/recipients.ts";
import { PASSPHRASE, pathsIn } from "./bench-folder.ts";
import { captureTree, writeTree } from "./tree.ts";

// One case of Holdfast's in a process of its own: holdfast-process.ts <task> <folder>. Prints what it took as JSON. The time is that of the work, which
// in the product is done by a worker that runs already; the peak is the whole process's.

const KEY = "archive.tar.zst.age";
const SMALL_ROUNDS = 21;

const manifest: Manifest = {
  formatVersion: 1,
  backupId: "bak_1",
  tenantId: "ten_1",
  system: { id: "sys_1", name: "Benchmark", kind: "folder", version: null },
  productVersion: "0.1.0",
  createdAt: "2026-11-22T00:00:00.000Z",
  includesSecrets: false,
  notInBackup: [],
  key: null,
};

const [task = "", folder = ""] = process.argv.slice(2);
const paths = pathsIn(folder);
const { signal } = new AbortController();
const recipients = [readFileSync(paths.recipient, "utf8").trim()];
const session = openLocalSession(paths.store, signal);
const spool = createSpool({ folder: paths.work, quotaBytes: Number.MAX_SAFE_INTEGER });

const tasks: Record<string, () => Promise<void>> = { pack, unpack, small, unlock };
await Promise.all([paths.store, paths.work].map((path) => mkdir(path, { recursive: true })));
const startedAt = performance.now();
const cpuBefore = process.cpuUsage();
await tasks[task]?.();
const { user, system } = process.cpuUsage(cpuBefore);
const wallMs = (performance.now() - startedAt) / (task === "small" ? SMALL_ROUNDS : 1);
process.stdout.write(JSON.stringify({ wallMs, cpuMs: (user + system) / 1000, peakMiB: process.resourceUsage().maxRSS / 1024 }));

/** As makeArchive and storeCopy do it: packed and encrypted to a work file, which is then stored. */
async function pack(): Promise<void> {
  const { packed } = await packAndStore(paths.source);
  const { storedBytes, tarBytes, sha256 } = packed;
  writeFileSync(paths.recorded, JSON.stringify({ storedBytes, tarBytes, sha256 }));
}

async function packAndStore(source: string) {
  await session.remove(KEY);
  const fileKey = createFileKey();
  const encryption = { fileKey, ...encryptHeader({ fileKey, recipients }) };
  const { stream, finished } = packArchive({ manifest, entries: captureTree(source), encryption, spool, signal });
  const spooled = await spool.hold(stream, KEY, { isEncrypted: true });
  const packed = await finished;
  await session.put(KEY, Readable.from(spooled.read(), { objectMode: false }));
  await spooled.release();
  return { packed, encryption };
}

/** As fetchArchive and openBackup do it: fetched to a work file while its SHA-256 is reckoned, then decrypted and unpacked from there. */
async function unpack(): Promise<void> {
  const recorded = JSON.parse(readFileSync(paths.recorded, "utf8")) as { storedBytes: number; tarBytes: number; sha256: string };
  const fetched = join(paths.work, "fetched");
  const hash = createHash("sha256");
  const hashed = async function* (source: AsyncIterable<Buffer>) {
    for await (const data of source) {
      hash.update(data);
      yield data;
    }
  };
  await pipeline(await session.get(KEY), hashed, createWriteStream(fetched, { flags: "wx", mode: 0o600 }));
  if (hash.digest("hex") !== recorded.sha256) throw new Error("What was fetched is not what was stored.");
  const fileKey = fileKeyFromHeader(await readHeader(createReadStream(fetched)), identityOf(readFileSync(paths.identity, "utf8")));
  const limits = limitsFor(recorded.storedBytes, recorded.tarBytes);
  const archive = await openArchive({ path: fetched, fileKey, limits, signal, isProven: true });
  await writeTree(paths.unpacked, archive.entries());
  await rm(fetched);
}

/** A small configuration from the first byte to the proof. */
async function small(): Promise<void> {
  for (let round = 0; round < SMALL_ROUNDS; round += 1) {
    const { packed, encryption } = await packAndStore(paths.small);
    const { fileKey, ephemerals } = encryption;
    const limits = limitsFor(packed.storedBytes, packed.tarBytes);
    await proveArchive(await session.get(KEY), { fileKey, limits, wrappedFor: { recipients, ephemerals }, expected: packed });
  }
}

async function unlock(): Promise<void> {
  await openKeyFile(readFileSync(paths.protectedKey), PASSPHRASE);
}

function identityOf(file: string): string {
  return file.split("\n").find((line) => line.startsWith("AGE-SECRET-KEY-1")) ?? "";
}
