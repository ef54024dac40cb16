import { spawnSync } from "node:child_process";
import { createReadStream, createWriteStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { openArchive } from "#lib/archive/archive-reader.ts";
import { limitsFor } from "#lib/archive/limits.ts";
import { readHeader } from "#lib/crypto/age.ts";
import { fileKeyFromHeader } from "#lib/crypto/recipients.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { openDestination } from "#lib/destinations/open-destination.ts";
import type { KillTenant } from "./ground.ts";

interface Opened {
  opened: number;
  openedByAge: number;
  unopened: string[];
}

type Stored = Awaited<ReturnType<typeof readCompleted>>[number];

/** Of a tenant's backups, one in so many is opened by the distribution's programs too. */
const AGE_SAMPLE = 2;

/** Fetches each completed backup of a tenant, and reads it whole with the key that people keep. Counts, or says which do not open and why. */
export async function openBackups(tenant: KillTenant, result: Opened): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-open-"));
  const identityFile = join(folder, "identity");
  writeFileSync(identityFile, `${tenant.identity}\n`, { mode: 0o600 });
  try {
    for (const [index, stored] of (await withTenant(tenant.id, readCompleted)).entries()) {
      try {
        const path = await fetchInto(folder, tenant, stored);
        await readWhole(path, tenant, stored);
        result.opened += 1;
        if (index % AGE_SAMPLE === 0) openByPrograms(path, identityFile);
        if (index % AGE_SAMPLE === 0) result.openedByAge += 1;
        rmSync(path);
      } catch (error) {
        // Retention may have given it up meanwhile.
        const isStill = await withTenant(tenant.id, (db) => db.backup.count({ where: { id: stored.id, status: "completed" } }));
        if (isStill > 0) result.unopened.push(`${stored.id}: ${String(error)}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readCompleted(db: Transaction) {
  return db.backup.findMany({ where: { status: "completed" }, include: { copies: true } });
}

async function fetchInto(folder: string, tenant: KillTenant, { id, copies }: Stored): Promise<string> {
  const copy = copies.find((each) => each.destinationId === tenant.destinationId && each.status === "stored");
  if (!copy) throw new Error("No row says that a copy of it is stored.");
  const path = join(folder, id);
  const session = await openDestination(tenant.id, tenant.destinationId, new AbortController().signal);
  try {
    await pipeline(await session.get(copy.objectKey), createWriteStream(path));
  } finally {
    await session.close();
  }
  return path;
}

/** Without `isProven`, all of it is decrypted and checked. */
async function readWhole(path: string, { identity }: KillTenant, { id, sha256, sizeBytes, plaintextBytes }: Stored): Promise<void> {
  const storedBytes = Number(sizeBytes);
  const fileKey = fileKeyFromHeader(await readHeader(createReadStream(path)), identity);
  const limits = limitsFor(storedBytes, Number(plaintextBytes));
  const archive = await openArchive({ path, fileKey, limits, expected: { sha256: sha256 ?? "", storedBytes } });
  if (archive.fullManifest.backupId !== id) throw new Error(`The archive says that it is ${archive.fullManifest.backupId}.`);
}

function openByPrograms(path: string, identityFile: string): void {
  const command = `set -o pipefail; age -d -i "$0" "$1" | zstd -q -d | tar t`;
  const { status, stdout, stderr } = spawnSync("bash", ["-c", command, identityFile, path], { encoding: "utf8" });
  if (status !== 0 || !stdout.includes("manifest.json")) throw new Error(`age, zstd and tar do not open it: ${stderr}`);
}
