import { notifyChange } from "#lib/db/changes.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { type HeldWork, holdWork } from "#lib/queue/hold-work.ts";
import type { ClaimedRestore } from "#lib/restores/claim-restore.ts";

/** A restore in this worker's hands. */
export interface HeldRestore extends HeldWork {
  /** Says in words what is being done; written down within a second. */
  progress(sentence: string): void;
  /** Says that something moved; nobody is shown it. */
  moved(): void;
  /** Another number after each sentence and each thing that moved. */
  moves(): number;
}

/** Renews a restore's lease, writes its progress, and notices a cancellation, until released. */
export function holdRestore(restore: ClaimedRestore, stopping: AbortSignal): HeldRestore {
  let sentence: string | null = null;
  const takeSentence = () => {
    const said = sentence;
    sentence = null;
    return said;
  };
  const held = holdWork(() => renew(restore, takeSentence()), stopping);
  let moves = 0;
  return {
    signal: held.signal,
    outlast: (later) => held.outlast(later),
    release: () => held.release(),
    progress: (text) => {
      sentence = text;
      moves += 1;
    },
    moved: () => void (moves += 1),
    moves: () => moves,
  };
}

/** A cancellation counts only until the target is touched: cancelRestore refuses it from then on. */
async function renew(restore: ClaimedRestore, sentence: string | null): Promise<"ours" | "lost" | "cancelled"> {
  const progress = sentence === null ? null : JSON.stringify({ sentence });
  return withTenant(restore.tenantId, async (db) => {
    const [row] = await db.$queryRaw<{ isCancelled: boolean }[]>`
      UPDATE restores
      SET lease_beat = lease_beat + 1, progress = COALESCE(${progress}::jsonb, progress)
      WHERE id = ${restore.id} AND lease_owner = ${restore.workerId} AND attempt = ${restore.attempt}
      RETURNING cancel_requested_at IS NOT NULL AND changed_target_at IS NULL AS "isCancelled"`;
    if (!row) return "lost";
    if (sentence !== null) await notifyChange(db, { tenantId: restore.tenantId, kinds: ["restores"], ids: [restore.id] });
    return row.isCancelled ? "cancelled" : "ours";
  });
}
