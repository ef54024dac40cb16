import type { MarkedState } from "#components/shared/state-mark.tsx";
import type { BackupDto, CopyStatus } from "#lib/backups/schemas.ts";

export const copyLooks: Record<CopyStatus, { state: MarkedState; label: string }> = {
  stored: { state: "completed", label: "Stored" },
  damaged: { state: "failed", label: "Damaged" },
  missing: { state: "missed", label: "Missing" },
  deleting: { state: "running", label: "Being removed" },
};

/** "2 copies", or what is wrong: "1 of 2 copies good". */
export function copiesWords(copies: readonly { status: CopyStatus }[]): string {
  const expected = copies.length;
  const good = copies.filter(({ status }) => status === "stored").length;
  if (good === expected) return good === 1 ? "1 copy" : `${good} copies`;
  return `${good} of ${expected} good`;
}

/**
 * What the button says that brings a copy in order now; null where there is nothing to press for. Of one whose archive is good, only what lies beside it is
 * mended; one that merely could not be reached (looked at after it was last found in order) has nothing to mend, and neither has one whose destination was
 * disconnected.
 */
export function mendingWordOf(copy: BackupDto["copies"][number], copies: BackupDto["copies"]): "Copy now" | "Mend now" | null {
  if (copy.isCopying || copy.isDisconnected || !copies.some(({ status }) => status === "stored")) return null;
  if (copy.status !== "stored") return "Copy now";
  const isUnreached = copy.checkedAt !== null && copy.verifiedAt !== null && copy.checkedAt > copy.verifiedAt;
  return copy.nextAttemptAt !== null || (copy.failure !== null && !isUnreached) ? "Mend now" : null;
}

/** Whether every good copy lies on the machine that Holdfast runs on, where losing it loses the backup too. */
export function isOnlyOnThisMachine(copies: BackupDto["copies"]): boolean {
  const good = copies.filter(({ status }) => status === "stored");
  return good.length > 0 && good.every(({ destinationKind }) => destinationKind === "local");
}

/** File name of the archive as it lies in its destinations. */
export function archiveNameOf(backup: Pick<BackupDto, "id" | "copies">): string {
  return backup.copies[0]?.objectKey.split("/").at(-1) ?? `${backup.id}.tar.zst.age`;
}
