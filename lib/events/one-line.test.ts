import { expect, test } from "vitest";
import { oneLine } from "#lib/events/one-line.ts";

test.each([
  ["gpj.evil\u202E and more", "gpj.evil and more"],
  ["\u2066a\u2069\u200Fb\u061Cc", "abc"],
  ["one\u2028two\u2029three\r\nBcc: four", "one two three Bcc: four"],
  ["half \uD83D", "half \uFFFD"],
  [" Größe 🔑 שלום ", "Größe 🔑 שלום"],
])("%j becomes %j", (text, line) => {
  expect(oneLine(text)).toBe(line);
});
