import { createSpool, type Spool } from "#lib/archive/spool.ts";
import { FORMAT_VERSION, MAX_BACKUP_NUMBER } from "#lib/archive/limits.ts";
import type { Manifest } from "#lib/archive/manifest.ts";
import { objectKeysOf } from "#lib/backups/object-keys.ts";
import { undoWindowEnd } from "#lib/backups/safety-pin.ts";
import type { Capture } from "#lib/connectors/connector.ts";
import { CaptureError } from "#lib/connectors/errors.ts";
import { unfinishedName } from "#lib/connectors/object-key.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { env } from "#lib/env.ts";
import { newId } from "#lib/ids.ts";
import { PRODUCT_VERSION, workFolder } from "#lib/installation.ts";
import { currentKey, type KeyRow } from "#lib/keys/current-key.ts";
import { WorkStopped } from "#lib/queue/hold-work.ts";
import type { ClaimedRun } from "#lib/runs/claim-run.ts";
import type { ProgressKeeper } from "#lib/runs/progress.ts";
import { type LoadedSystem, loadSystem, systemContext } from "#lib/systems/load-system.ts";
import { type Signer, tenantSigner } from "#lib/tenants/signing-key.ts";

/** What an attempt works with from its claim to its end. */
export interface Attempt {
  run: ClaimedRun;
  /** Aborts when this attempt has to stop for whatever reason. */
  signal: AbortSignal;
  /** Aborts when the worker has to: cleaning up goes on until then. */
  stopping: AbortSignal;
  progress: ProgressKeeper;
}

export interface PlannedCopy {
  destinationId: string;
  objectKey: string;
  descriptionKey: string;
  /** Of the archive's unfinished file, and later of the description's, where the destination has such. */
  uploadId: string;
}

/** An attempt's backup before its first byte: its rows name everything that may come to lie anywhere. */
export interface PlannedBackup {
  backupId: string;
  /**
   * Follows that of the system's last completed backup; null where that has the highest number there is. A system has one run at a time, and an attempt
   * that dies leaves its number to the next.
   */
  number: number | null;
  /** Signs its description. */
  signer: Signer;
  system: LoadedSystem;
  capture: Capture;
  key: KeyRow;
  manifest: Manifest;
  copies: PlannedCopy[];
  spool: Spool;
}

/** Connects to the system, begins to capture it, and writes the backup's rows down. */
export async function prepareBackup({ run, signal }: Attempt): Promise<PlannedBackup> {
  if (run.destinationIds.length === 0) throw new CaptureError("This run has no destination: those that it had were deleted.");
  const system = await loadSystem(run.tenantId, run.systemId);
  const capture = await system.connector.capture(system.config, systemContext(run.tenantId, signal));
  signal.throwIfAborted();
  const spool = createSpool({ folder: workFolder(), quotaBytes: env().HOLDFAST_WORK_QUOTA_BYTES });
  const rows = await withTenant(run.tenantId, (db) => writeRows(db, run, system, capture));
  return { ...rows, system, capture, spool };
}

async function writeRows(db: Transaction, run: ClaimedRun, system: LoadedSystem, capture: Capture) {
  const number = await numberHeld(db, run);
  const key = await currentKey(db);
  const signer = await tenantSigner(db);
  const backupId = newId("backup");
  const createdAt = new Date();
  const manifest = manifestOf(run, { backupId, createdAt, key, system, capture });
  const paths = { tenantId: run.tenantId, systemId: run.systemId, backupId, createdAt, isEncrypted: key.recipient !== null };
  const copies = run.destinationIds.map((destinationId) => ({ destinationId, uploadId: unfinishedName(), ...objectKeysOf(paths) }));
  await db.backup.createMany({
    data: {
      id: backupId,
      systemId: run.systemId,
      runId: run.id,
      policyId: run.policyId,
      attempt: run.attempt,
      status: "writing",
      trigger: run.trigger,
      keyId: key.id,
      formatVersion: manifest.formatVersion,
      systemKind: system.row.kind,
      systemName: system.row.name,
      systemVersion: capture.systemVersion,
      productVersion: manifest.productVersion,
      includesSecrets: capture.includesSecrets,
      notInBackup: manifest.notInBackup,
      createdAt,
      pinnedUntil: run.trigger === "safety" ? undoWindowEnd(createdAt) : null,
    },
  });
  await db.backupCopy.createMany({ data: copies.map((copy) => ({ backupId, ...copy, status: "writing" })) });
  return { backupId, number, signer, key, manifest, copies };
}

/**
 * The number of the backup. Throws WorkStopped "lost" unless this attempt still holds the run; its row stays locked until the transaction ends. What nobody
 * vouches for is not counted: else whoever can write to a destination could use all numbers up.
 */
async function numberHeld(db: Transaction, run: ClaimedRun): Promise<number | null> {
  const [held] = await db.$queryRaw<{ last: number | null }[]>`
    SELECT (SELECT max(number) FROM backups WHERE system_id = ${run.systemId} AND authenticity <> 'foreign') AS last FROM runs
    WHERE id = ${run.id} AND status = 'running' AND lease_owner = ${run.workerId} AND attempt = ${run.attempt} FOR UPDATE`;
  if (!held) throw new WorkStopped("lost");
  const next = (held.last ?? 0) + 1;
  return next > MAX_BACKUP_NUMBER ? null : next;
}

interface ManifestParts {
  backupId: string;
  createdAt: Date;
  key: KeyRow;
  system: LoadedSystem;
  capture: Capture;
}

function manifestOf(run: ClaimedRun, { backupId, createdAt, key, system, capture }: ManifestParts): Manifest {
  const { id, name, kind } = system.row;
  return {
    formatVersion: FORMAT_VERSION,
    backupId,
    tenantId: run.tenantId,
    system: { id, name, kind, version: capture.systemVersion },
    productVersion: PRODUCT_VERSION,
    createdAt: createdAt.toISOString(),
    includesSecrets: capture.includesSecrets,
    notInBackup: [...new Set([...system.connector.notInBackup, ...capture.notInBackup])],
    key: key.mode === "passphrase" || key.mode === "managed" ? { id: key.id, mode: key.mode, fingerprint: key.fingerprint } : null,
  };
}
