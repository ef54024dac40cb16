import { basename } from "node:path";
import { describeArchive } from "#lib/archive/manifest.ts";
import { signedDescription } from "#lib/backups/signed-description.ts";
import type { ClaimedRun } from "#lib/runs/claim-run.ts";
import type { MadeArchive } from "#lib/runs/make-archive.ts";
import type { PlannedBackup } from "#lib/runs/prepare-backup.ts";

/** Describes a packed archive in the tenant's name: the signed description, as it is stored beside each copy. */
export function describe(run: ClaimedRun, { manifest, copies, number, signer }: PlannedBackup, archive: MadeArchive): string {
  const { sizeBytes: storedBytes, sha256, tarBytes, index } = archive;
  const name = basename(copies[0]?.objectKey ?? "");
  const description = describeArchive(manifest, { storedBytes, sha256, tarBytes, index }, { name, number });
  const madeBy = { policyId: run.policyId, trigger: run.trigger };
  return signedDescription({ ...description, madeBy }, signer);
}
