const DAY_MS = 86_400_000;

export interface VerificationQuestion {
  /** Each backup is to be verified once in so many days; 0 switches it off. */
  verifyDays: number;
  /** How many there are. */
  backups: number;
  /** When the one that was looked at longest ago was; null for one that never was. */
  oldestLookedAt: Date | null;
  /** When the schedule last began a verification; null when it never did. */
  lastBegunAt: Date | null;
  now: Date;
}

/**
 * Whether it is time to verify the backup that was looked at longest ago. They take turns at an even pace: with 60 backups and 30 days, one each twelve
 * hours. One that nobody ever looked at (it was found in a destination) does not wait for its turn.
 */
export function isVerificationDue({ verifyDays, backups, oldestLookedAt, lastBegunAt, now }: VerificationQuestion): boolean {
  if (verifyDays === 0 || backups === 0) return false;
  if (oldestLookedAt === null) return true;
  const paceMs = (verifyDays * DAY_MS) / backups;
  const isOlder = (date: Date) => now.getTime() - date.getTime() >= paceMs;
  return isOlder(oldestLookedAt) && (lastBegunAt === null || isOlder(lastBegunAt));
}
