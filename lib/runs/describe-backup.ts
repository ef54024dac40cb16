import { basename } from "node:path";
import { MAX_BACKUP_NUMBER } from "#lib/archive/limits.ts";
import { describeArchive } from "#lib/archive/manifest.ts";
import { signedDescription } from "#lib/backups/signed-description.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import type { ClaimedRun } from "#lib/runs/claim-run.ts";
import type { MadeArchive } from "#lib/runs/make-archive.ts";
import type { PlannedBackup } from "#lib/runs/prepare-backup.ts";
import { tenantSigner } from "#lib/tenants/signing-key.ts";

export interface Described {
  /** The signed description, as it is stored beside each copy. */
  text: string;
  /**
   * Follows that of the system's last completed backup; null where that has the highest number there is. A system has one run at a time, and an attempt
   * that dies leaves its number to the next.
   */
  number: number | null;
}

/** Describes a packed archive in the tenant's name. */
export async function describe(run: ClaimedRun, backup: PlannedBackup, archive: MadeArchive): Promise<Described> {
  const { number, signer } = await withTenant(run.tenantId, async (db) => {
    return { number: await nextNumber(db, run.systemId), signer: await tenantSigner(db) };
  });
  const { sizeBytes: storedBytes, sha256, tarBytes, index } = archive;
  const name = basename(backup.copies[0]?.objectKey ?? "");
  const description = describeArchive(backup.manifest, { storedBytes, sha256, tarBytes, index }, { name, number });
  const madeBy = { policyId: run.policyId, trigger: run.trigger };
  return { text: signedDescription({ ...description, madeBy }, signer), number };
}

/** What nobody vouches for is not counted: else whoever can write to a destination could use all numbers up. */
async function nextNumber(db: Transaction, systemId: string): Promise<number | null> {
  const { _max: last } = await db.backup.aggregate({ where: { systemId, authenticity: { not: "foreign" } }, _max: { number: true } });
  const next = (last.number ?? 0) + 1;
  return next > MAX_BACKUP_NUMBER ? null : next;
}
