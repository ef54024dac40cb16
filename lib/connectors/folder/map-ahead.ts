/**
 * Applies `work` to each item, up to `ahead` at once, and yields the results in order. Stops at the first failure in that order;
 * work already begun is waited for, so that nothing runs on after the loop.
 */
export async function* mapAhead<T, U>(
  items: AsyncIterable<T>,
  ahead: number,
  work: (item: T) => Promise<U>,
): AsyncGenerator<U, void, undefined> {
  const pending: Promise<U>[] = [];
  try {
    for await (const item of items) {
      const result = work(item);
      result.catch(() => undefined);
      pending.push(result);
      if (pending.length < ahead) continue;
      const head = pending.shift();
      if (head) yield await head;
    }
    for (let head = pending.shift(); head; head = pending.shift()) yield await head;
  } finally {
    await Promise.allSettled(pending);
  }
}
