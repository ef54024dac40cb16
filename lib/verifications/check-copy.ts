import { instanceKey } from "#lib/backups/object-keys.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { DestinationError } from "#lib/connectors/errors.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { openDestination } from "#lib/destinations/open-destination.ts";
import { HoldfastError } from "#lib/errors.ts";
import { limitStep } from "#lib/queue/limit-step.ts";
import { stillMs } from "#lib/queue/step-limits.ts";
import { type ArchiveVerdict, checkArchive } from "#lib/verifications/check-archive.ts";
import { checkBeside } from "#lib/verifications/check-beside.ts";
import type { ClaimedVerification } from "#lib/verifications/claim-verification.ts";
import type { Opening } from "#lib/verifications/file-key-of.ts";
import type { CopyOutcome } from "#lib/verifications/schemas.ts";

type Copy = ClaimedVerification["backup"]["copies"][number];

/** What was seen of a copy. */
export interface CheckedCopy {
  destinationId: string;
  destinationName: string;
  outcome: CopyOutcome;
  /** A sentence about what is wrong; null when nothing is. */
  message: string | null;
  /** Whether a machine can mend it from what is good. */
  mendable: boolean;
  /** How far the archive was proven here; null when it was not. */
  proven: "intact" | "decryptable" | "valid" | null;
  /** Whether it was opened, and not only compared. */
  wasOpened: boolean;
  /** Why the recorded bytes did not open as they should. */
  unsound: string | null;
}

export interface CopyCheck {
  verification: ClaimedVerification;
  copy: Copy;
  opening: Opening;
  signal: AbortSignal;
  onBytes: (bytes: number) => void;
}

/** Fetches a copy whole and says what it is. Throws only what is nobody's finding: that the work has to stop, or an error of our own. */
export async function checkCopy(check: CopyCheck): Promise<CheckedCopy> {
  const { copy, signal } = check;
  const { destinationId } = copy;
  const about: About = { destinationId, destinationName: copy.destination.name, proven: null, wasOpened: false, unsound: null };
  try {
    let readBytes = 0;
    const onBytes = (bytes: number) => {
      readBytes += bytes;
      check.onBytes(bytes);
    };
    return await limitStep({ what: "the copy was read", stillMs, mark: () => readBytes }, signal, (limited) =>
      lookAt({ ...check, signal: limited, onBytes }, about),
    );
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DestinationError && error.code === "missing") {
      return { ...about, outcome: "missing", message: "The archive is no longer there.", mendable: true };
    }
    if (!(error instanceof HoldfastError)) throw error;
    return { ...about, outcome: "unreachable", message: error.message, mendable: false };
  }
}

type About = Pick<CheckedCopy, "destinationId" | "destinationName" | "proven" | "wasOpened" | "unsound">;

async function lookAt(check: CopyCheck, about: About): Promise<CheckedCopy> {
  const { copy, verification, opening, signal } = check;
  const session = await openDestination(verification.tenantId, copy.destinationId, signal);
  try {
    await requirePlace(session, copy);
    const verdict = await checkArchive(session, copy.objectKey, { ...check, backup: verification.backup });
    if (verdict.kind === "other")
      return { ...about, outcome: "damaged", message: await whatLiesThere(check, verdict.sha256), mendable: true };
    const beside = await checkBeside(session, verification, copy);
    const [first] = beside;
    const message = beside.length === 0 ? null : beside.map((finding) => finding.message).join(" ");
    const mendable = beside.some((finding) => finding.mendable);
    return { ...about, ...soundness(verdict), wasOpened: opening.canOpen, outcome: first ? "beside" : "good", message, mendable };
  } finally {
    await session.close();
  }
}

/**
 * Where not even instance.json lies any more, it is not the place that was written to: a disk that is not mounted shows an empty folder, too. Nothing is
 * known to be gone then. Throws DestinationError "unreachable".
 */
async function requirePlace(session: DestinationSession, copy: Copy): Promise<void> {
  const mark = instanceKey(copy.objectKey.split("/")[0] ?? "");
  if ((await session.stat(mark)) !== null || (await session.stat(copy.objectKey)) !== null) return;
  throw new DestinationError(
    "unreachable",
    `Nothing lies there any more, not even ${mark}. Make sure that the disk is mounted, and that folder and prefix are the right ones.`,
  );
}

function soundness(verdict: Exclude<ArchiveVerdict, { kind: "other" }>): Pick<CheckedCopy, "proven" | "unsound"> {
  return { proven: verdict.proven, unsound: verdict.kind === "unsound" ? verdict.message : null };
}

/** Damaged, or another backup's archive in its place: two different things to look into. */
async function whatLiesThere({ verification }: CopyCheck, sha256: string): Promise<string> {
  const { tenantId, backupId } = verification;
  const other = await withTenant(tenantId, (db) => db.backup.findFirst({ where: { sha256, id: { not: backupId } } }));
  if (!other) return "The archive is damaged or was changed: its SHA-256 is not the recorded one.";
  const made = other.createdAt.toISOString().slice(0, 16).replace("T", " ");
  return `The archive was swapped: in its place lies that of the backup of “${other.systemName}” made on ${made} UTC.`;
}
