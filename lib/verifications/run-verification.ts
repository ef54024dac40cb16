import { log } from "#lib/log.ts";
import { holdWork } from "#lib/queue/hold-work.ts";
import type { ActiveWorker } from "#lib/queue/jobs.ts";
import { faultPoint } from "#lib/runs/fault-points.ts";
import { type CheckedCopy, checkCopy } from "#lib/verifications/check-copy.ts";
import { type ClaimedVerification, claimVerification, renewVerification } from "#lib/verifications/claim-verification.ts";
import { type Opening, openingOf } from "#lib/verifications/file-key-of.ts";
import type { VerificationProgress } from "#lib/verifications/schemas.ts";
import { endVerification, finishVerification } from "#lib/verifications/settle-verification.ts";

export interface VerificationJob {
  tenantId: string;
  verificationId: string;
  worker: Pick<ActiveWorker, "identity" | "signal">;
}

/** The job of a verification. What comes of it is the row's; resolves without doing anything when there is nothing to do. */
export async function verificationJob({ tenantId, verificationId, worker }: VerificationJob): Promise<void> {
  const verification = await claimVerification(tenantId, verificationId);
  if (!verification) return;
  const progress = new ByteProgress();
  const held = holdWork(() => renewVerification(verification, progress.takeChange()), worker.signal);
  log.info({ verificationId, backupId: verification.backupId, trigger: verification.trigger }, "A verification begins");
  try {
    const opening = await openingOf(verification, worker.identity);
    try {
      const checked = await checkCopies(verification, opening, progress, held.signal);
      await faultPoint("before-verification-commit");
      held.signal.throwIfAborted();
      await finishVerification(verification, checked, opening.note);
    } finally {
      opening.fileKey?.fill(0);
    }
  } catch (error) {
    await endVerification(verification, held.signal.aborted ? held.signal.reason : error);
  } finally {
    held.release();
  }
}

/** States of a copy in which something should lie there. */
const TO_CHECK = ["stored", "damaged", "missing"];

/** One copy after the other. The first good one is opened, where it can be; of the others, which are the same bytes, it is enough that they are. */
async function checkCopies(
  verification: ClaimedVerification,
  opening: Opening,
  progress: ByteProgress,
  signal: AbortSignal,
): Promise<CheckedCopy[]> {
  const { backup, destinationId } = verification;
  const wanted = backup.copies.filter(
    (copy) => TO_CHECK.includes(copy.status) && (destinationId ?? copy.destinationId) === copy.destinationId,
  );
  const checked: CheckedCopy[] = [];
  for (const copy of wanted) {
    progress.enter(`Reading the copy in “${copy.destination.name}”`, Number(backup.sizeBytes ?? 0n));
    const isOpened = checked.some(({ proven }) => proven !== null);
    const present = isOpened ? { ...opening, canOpen: false } : opening;
    const onBytes = (bytes: number) => void (progress.bytes += bytes);
    checked.push(await checkCopy({ verification, copy, opening: present, signal, onBytes }));
    await faultPoint("during-verification");
    signal.throwIfAborted();
  }
  return checked;
}

/** How far it got. Kept in memory; the lease's pulse writes it down. */
class ByteProgress {
  bytes = 0;
  #sentence = "";
  #totalBytes = 0;
  #written = -1;

  enter(sentence: string, totalBytes: number): void {
    this.#sentence = sentence;
    this.#totalBytes = totalBytes;
    this.bytes = 0;
    this.#written = -1;
  }

  /** Null when nothing changed since it was taken last. */
  takeChange(): VerificationProgress | null {
    if (this.#sentence === "" || this.bytes === this.#written) return null;
    this.#written = this.bytes;
    return { sentence: this.#sentence, bytes: this.bytes, totalBytes: this.#totalBytes };
  }
}
