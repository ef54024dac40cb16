/** Random numbers that come again with the same seed, for tests and fuzzing. */
export interface SeededRandom {
  /** A whole number from 0 up to, but not including, `limit`. */
  below(limit: number): number;
  bytes(length: number): Buffer;
  pick<Item>(items: readonly [Item, ...Item[]]): Item;
}

/** mulberry32: 32 bits of state, good enough to choose what to break. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (limit: number): number => next() % limit;
  return {
    below,
    bytes: (length) => Buffer.from(Uint8Array.from({ length }, () => next() & 0xff)),
    pick: (items) => items[below(items.length)] ?? items[0],
  };
}
