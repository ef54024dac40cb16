import { notifyChange } from "#lib/db/changes.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { env } from "#lib/env.ts";
import { log } from "#lib/log.ts";
import type { ClaimedRestore } from "#lib/restores/claim-restore.ts";

/** What a restore's signal aborts with. */
export class RestoreStopped extends Error {
  readonly reason: "cancelled" | "lost" | "stopping";

  constructor(reason: RestoreStopped["reason"]) {
    super(
      { cancelled: "The restore was cancelled.", lost: "The restore's lease was lost.", stopping: "The worker is shutting down." }[reason],
    );
    this.name = "RestoreStopped";
    this.reason = reason;
  }
}

/** A restore in this worker's hands. */
export interface HeldRestore {
  /** Aborts with RestoreStopped. */
  readonly signal: AbortSignal;
  /** Says in words what is being done; written down within a second. */
  progress(sentence: string): void;
  /** Ends the renewals. */
  release(): void;
}

const LONGEST_PULSE_MS = 1000;

/** Renews a restore's lease, writes its progress, and notices a cancellation, until released. */
export function holdRestore(restore: ClaimedRestore, stopping: AbortSignal): HeldRestore {
  const stop = new AbortController();
  const pulseMs = Math.min(LONGEST_PULSE_MS, env().HOLDFAST_HEARTBEAT_SECONDS * 1000);
  const leaseMs = env().HOLDFAST_LEASE_SECONDS * 1000;
  let sentence: string | null = null;
  let renewedAtMs = performance.now();
  let isOver = false;
  const pulse = async () => {
    const askedAtMs = performance.now();
    const said = sentence;
    sentence = null;
    const answer = await renew(restore, said).catch((error: unknown) => {
      log.warn({ err: error, restoreId: restore.id }, "Could not renew a restore's lease; trying again");
      return null;
    });
    if (isOver) return;
    if (answer === "ours") renewedAtMs = askedAtMs;
    if (answer === "cancelled") stop.abort(new RestoreStopped("cancelled"));
    // Without an answer, the row may be somebody else's as soon as the lease has run out.
    if (answer === "lost" || performance.now() - renewedAtMs > leaseMs) stop.abort(new RestoreStopped("lost"));
    next = setTimeout(() => void pulse(), pulseMs);
  };
  const onStopping = () => stop.abort(new RestoreStopped("stopping"));
  stopping.addEventListener("abort", onStopping, { once: true });
  if (stopping.aborted) onStopping();
  let next = setTimeout(() => void pulse(), pulseMs);
  return {
    signal: stop.signal,
    progress: (text) => void (sentence = text),
    release: () => {
      isOver = true;
      clearTimeout(next);
      stopping.removeEventListener("abort", onStopping);
    },
  };
}

/** A cancellation counts only until the target is touched: cancelRestore refuses it from then on. */
async function renew(restore: ClaimedRestore, sentence: string | null): Promise<"ours" | "lost" | "cancelled"> {
  return withTenant(restore.tenantId, async (db) => {
    const where = { id: restore.id, leaseOwner: restore.workerId, attempt: restore.attempt };
    const leaseUntil = new Date(Date.now() + env().HOLDFAST_LEASE_SECONDS * 1000);
    const { count } = await db.restore.updateMany({
      where,
      data: { leaseUntil, ...(sentence === null ? {} : { progress: { sentence } }) },
    });
    if (count === 0) return "lost";
    if (sentence !== null) await notifyChange(db, { tenantId: restore.tenantId, kinds: ["restores"], ids: [restore.id] });
    const cancelled = await db.restore.findFirst({
      where: { ...where, cancelRequestedAt: { not: null }, changedTargetAt: null },
      select: { id: true },
    });
    return cancelled ? "cancelled" : "ours";
  });
}
