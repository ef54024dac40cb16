import type { ArchiveReader, RestorePlan, SystemContext } from "#lib/connectors/connector.ts";
import { hashOf } from "#lib/db/audit.ts";
import type { ClaimedRestore } from "#lib/restores/claim-restore.ts";
import type { LoadedSystem } from "#lib/systems/load-system.ts";

/** The plan in words, and what it is confirmed by: a hash over the plan, the archive and the target. */
export async function makePlan(
  restore: ClaimedRestore,
  target: LoadedSystem,
  archive: ArchiveReader,
  context: SystemContext,
): Promise<{ plan: RestorePlan; planHash: string }> {
  const made = await target.connector.planRestore(target.config, archive, context);
  const notInBackup = [...new Set([...made.notInBackup, ...restore.backup.notInBackup])];
  // Through JSON and back, so that what is hashed is what is stored and shown.
  const plan = JSON.parse(JSON.stringify({ ...made, notInBackup })) as RestorePlan;
  return { plan, planHash: hashOf({ plan, backup: restore.backup.sha256, target: restore.targetSystemId }) };
}
