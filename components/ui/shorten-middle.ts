/** Keeps the first `head` and last `tail` characters of an id or hash, with "…" between when anything is left out. */
export function shortenMiddle(text: string, head = 8, tail = 4): string {
  return text.length <= head + tail + 1 ? text : `${text.slice(0, head)}…${text.slice(-tail)}`;
}
