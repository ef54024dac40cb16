const DAY_MS = 86_400_000;
/** A tenant of which nothing is due is left alone for no longer than that. */
export const LOOK_AGAIN_MS = 10 * 60_000;
/** What nobody ever looked at (it was found in a destination) has its first turn within this share of the time. */
const FIRST_LOOK_SHARE = 0.1;
/** Turns that were missed for longer than that are let go. */
const LONGEST_DEBT_MS = DAY_MS;

export interface TurnQuestion {
  /** Each backup is to be verified once in so many days; 0 switches it off. */
  verifyDays: number;
  /** How many there are. */
  backups: number;
  /** Whether there is one that nobody ever looked at. */
  hasUnseen: boolean;
  /** The last turn that was taken; null when there never was one. */
  lastTurnAt: Date | null;
  now: Date;
}

export interface PlannedTurns {
  /** Time between two turns; infinite while it is switched off. */
  paceMs: number;
  /** Those whose time has come and that were not taken yet, oldest first, and no more than `most`. */
  turns: Date[];
  /** How long nothing can become due, at most ten minutes. */
  quietMs: number;
}

/**
 * When backups take their turns to be verified: at an even pace, so that each has one in its time. With 60 backups and 30 days that is one each twelve
 * hours; with 10,000, one each 4.3 minutes. Counted from turn to turn and not from when somebody came to look, so that looking seldom loses none; of those
 * missed while no worker ran, or while verifying took longer than that, a day's are made up for.
 */
export function planTurns({ verifyDays, backups, hasUnseen, lastTurnAt, now }: TurnQuestion, most: number): PlannedTurns {
  if (verifyDays === 0 || backups === 0) return { paceMs: Infinity, turns: [], quietMs: LOOK_AGAIN_MS };
  // Whole, as what is reckoned with it has to come out even.
  const paceMs = Math.max(1, Math.round(((verifyDays * DAY_MS) / backups) * (hasUnseen ? FIRST_LOOK_SHARE : 1)));
  const nowMs = now.getTime();
  const earliestMs = nowMs - Math.max(paceMs, LONGEST_DEBT_MS);
  // A turn in the future was taken by a clock that was wrong.
  const fromMs = lastTurnAt === null ? nowMs - paceMs : Math.min(nowMs, Math.max(earliestMs, lastTurnAt.getTime()));
  const count = Math.min(most, Math.floor((nowMs - fromMs) / paceMs));
  const turns = Array.from({ length: count }, (_, index) => new Date(fromMs + (index + 1) * paceMs));
  const nextMs = fromMs + (count + 1) * paceMs;
  return { paceMs, turns, quietMs: Math.min(LOOK_AGAIN_MS, Math.max(0, nextMs - nowMs)) };
}
