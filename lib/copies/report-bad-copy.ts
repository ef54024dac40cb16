import { instanceKey } from "#lib/backups/object-keys.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { DestinationError } from "#lib/connectors/errors.ts";
import { type BadCopy, recordBadCopies } from "#lib/copies/record-bad-copies.ts";
import { withTenant } from "#lib/db/with-tenant.ts";

/** A copy that somebody read, or meant to. */
export interface ReadCopy {
  tenantId: string;
  backupId: string;
  destinationId: string;
}

/** What may turn out while a copy is read for another purpose than verifying it. */
export type BadCopyKind = keyof typeof findings;

const findings = {
  damaged: { status: "damaged", failure: "The archive is damaged or was swapped: its SHA-256 is not the one in the catalogue." },
  missing: { status: "missing", failure: "The archive is no longer there." },
} as const satisfies Record<string, Pick<BadCopy, "status" | "failure">>;

/**
 * Has the same come of a copy that turned out bad when it was read for another purpose as when it is verified: its row says so, it is mended from a good
 * one, and the alarm is raised. Answers the sentence about it. `seenWhile` is for the audit log.
 */
export async function reportBadCopy(copy: ReadCopy, kind: BadCopyKind, seenWhile: string, detail: object = {}): Promise<string> {
  const { tenantId, backupId, destinationId } = copy;
  const bad = [{ destinationId, ...findings[kind], mendable: true }];
  await withTenant(tenantId, (db) => recordBadCopies(db, { tenantId, backupId, bad, detail: { ...detail, seenWhile } }));
  return findings[kind].failure;
}

/**
 * Where not even instance.json lies any more, it is not the place that was written to: a disk that is not mounted shows an empty folder, too. Nothing is
 * known to be gone then. Throws DestinationError "unreachable".
 */
export async function requirePlace(session: DestinationSession, objectKey: string): Promise<void> {
  const mark = instanceKey(objectKey.split("/")[0] ?? "");
  if ((await session.stat(objectKey)) !== null || (await session.stat(mark)) !== null) return;
  throw new DestinationError(
    "unreachable",
    `Nothing lies there any more, not even ${mark}. Make sure that the disk is mounted, and that folder and prefix are the right ones.`,
  );
}
