interface Gap {
  from: number;
  to: number;
}

/** More are counted, not named. */
const MOST_NAMED = 5;

/** "Backups number 3 and 7 to 9 are not in this catalogue". Expects at least one gap. */
export function gapWords(gaps: readonly Gap[]): string {
  const named = gaps.slice(0, MOST_NAMED).map(({ from, to }) => (from === to ? `${from}` : `${from} to ${to}`));
  const more = gaps.length - named.length;
  const parts = more > 0 ? [...named, `${more} more gaps`] : named;
  const list = parts.length === 1 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}`;
  const isOne = gaps.length === 1 && gaps[0]?.from === gaps[0]?.to;
  return isOne ? `Backup number ${list} is not in this catalogue` : `Backups number ${list} are not in this catalogue`;
}
