import { expect, test } from "vitest";
import { shortenMiddle } from "#components/ui/shorten-middle.ts";

test("leaves what is short enough alone", () => {
  expect(shortenMiddle("run_12345678")).toBe("run_12345678");
  expect(shortenMiddle("1234567890123")).toBe("1234567890123");
});

test("keeps both ends of what is long", () => {
  expect(shortenMiddle("bak_01hzy3v9k2m4n6p8q0r2s4t6v8")).toBe("bak_01hz…t6v8");
  expect(shortenMiddle("7F3A00000000C2", 4, 2)).toBe("7F3A…C2");
});
