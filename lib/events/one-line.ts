// Runs in the browser too: imports nothing of Node's.

/**
 * Words of somebody else's as one line that reads as it is written: without control characters, line separators, marks that turn the direction of what
 * follows, and halves of characters.
 */
export function oneLine(text: string): string {
  return text
    .replace(/[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g, "")
    .replace(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .toWellFormed()
    .trim();
}
