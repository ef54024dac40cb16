import { basename } from "node:path";
import { describeArchive } from "#lib/archive/manifest.ts";
import { signedDescription } from "#lib/backups/signed-description.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import type { ClaimedRun } from "#lib/runs/claim-run.ts";
import type { MadeArchive } from "#lib/runs/make-archive.ts";
import type { PlannedBackup } from "#lib/runs/prepare-backup.ts";
import { tenantSigner } from "#lib/tenants/signing-key.ts";

export interface Described {
  /** The signed description, as it is stored beside each copy. */
  text: string;
  /** Follows that of the system's last completed backup. A system has one run at a time, and an attempt that dies leaves its number to the next. */
  number: number;
}

/** Describes a packed archive in the tenant's name. */
export async function describe(run: ClaimedRun, backup: PlannedBackup, archive: MadeArchive): Promise<Described> {
  const { number, signer } = await withTenant(run.tenantId, async (db) => {
    const { _max: last } = await db.backup.aggregate({ where: { systemId: run.systemId }, _max: { number: true } });
    return { number: (last.number ?? 0) + 1, signer: await tenantSigner(db) };
  });
  const { sizeBytes: storedBytes, sha256, tarBytes, index } = archive;
  const name = basename(backup.copies[0]?.objectKey ?? "");
  const description = describeArchive(backup.manifest, { storedBytes, sha256, tarBytes, index }, { name, number });
  const madeBy = { policyId: run.policyId, trigger: run.trigger };
  return { text: signedDescription({ ...description, madeBy }, signer), number };
}
