import { expect, test } from "vitest";
import { whomToAsk } from "#components/shared/whom-to-ask.ts";

test("one role", () => {
  expect(whomToAsk("restores.configuration")).toBe("Ask an owner of this tenant.");
});

test("several roles", () => {
  expect(whomToAsk("keys.write")).toBe("Ask an admin or an owner of this tenant.");
  expect(whomToAsk("backups.download")).toBe("Ask a restorer, an admin or an owner of this tenant.");
});
