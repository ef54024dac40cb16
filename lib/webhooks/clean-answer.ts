/** Bytes of an answer that are read and kept at most. */
export const LONGEST_ANSWER = 1024;

/** Parts of an address at least so long are taken out of an answer: "Cannot POST /hooks/T0/B0/x8…" would betray the address. */
const SHORTEST_HIDDEN = 4;
const HIDDEN = "[address]";

/**
 * The beginning of an answer as it is kept: valid UTF-8 of at most 1 KiB, without control characters (but line breaks and tabs), without characters that
 * turn the direction of writing, and without the parts of the address that are kept secret. Null when nothing is left.
 */
export function cleanAnswer(bytes: Uint8Array, url: URL): string | null {
  const text = decodeWhole(bytes)
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll(/[^\P{Cc}\n\t]|[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/gu, "");
  const hidden = hiddenParts(url)
    .reduce((rest, part) => rest.replaceAll(part, HIDDEN), text)
    .trim();
  // Each byte that was no UTF-8 became three.
  return hidden === "" ? null : decodeWhole(Buffer.from(hidden)).trim();
}

/** What fits; a character that is cut off at the end is left out. */
function decodeWhole(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, LONGEST_ANSWER), { stream: true });
}

/** The longest first: a part of a part must not be all that is found. */
function hiddenParts({ pathname, search, searchParams }: URL): string[] {
  const parts = [pathname + search, pathname, search.slice(1), ...pathname.split("/"), ...searchParams.values()];
  const spelled = parts.flatMap((part) => [part, decoded(part), part.replaceAll("&", "&amp;")]);
  return [...new Set(spelled)].filter((part) => part.length >= SHORTEST_HIDDEN).sort((a, b) => b.length - a.length);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
