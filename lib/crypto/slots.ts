/** Too many tasks wait for a slot already. */
export class NoSlotError extends Error {
  constructor() {
    super("Too many tasks are waiting already.");
    this.name = "NoSlotError";
  }
}

/**
 * Lets at most `count` tasks run at once; the others wait in order, `mostWaiting` of them: one more is refused with NoSlotError. A task that
 * fails frees its slot like one that succeeds.
 */
export function createSlots(count: number, mostWaiting = Infinity): <Result>(task: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (task) => {
    if (free > 0) free -= 1;
    else if (waiting.length >= mostWaiting) throw new NoSlotError();
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
