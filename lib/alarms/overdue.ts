const HOUR_MS = 3_600_000;

/** What the enabled policies of one system promise together. */
export interface SystemPromise {
  /** How old its newest good backup may get, in hours: by the strictest of them. */
  hours: number;
  /** When a first good backup must be there at the latest: the first of them counts from when it began to cover the system. */
  firstDueAt: Date;
}

/** One enabled policy that covers a system. */
export interface PolicyPromise {
  hours: number;
  /** Since when it covers the system. */
  since: Date;
}

/** Joins one more policy to what a system is promised. */
export function joinPromise(promise: SystemPromise | null, { hours, since }: PolicyPromise): SystemPromise {
  const firstDueAt = new Date(since.getTime() + hours * HOUR_MS);
  if (promise === null) return { hours, firstDueAt };
  return { hours: Math.min(hours, promise.hours), firstDueAt: firstDueAt < promise.firstDueAt ? firstDueAt : promise.firstDueAt };
}

/** Since when the promise is broken; null while it is kept. The same is reckoned for all tenants at once in raise-overdue.ts. */
export function overdueSince(promise: SystemPromise, lastGoodAt: Date | null, now: Date): Date | null {
  const until = lastGoodAt === null ? promise.firstDueAt : new Date(lastGoodAt.getTime() + promise.hours * HOUR_MS);
  return until <= now ? until : null;
}
