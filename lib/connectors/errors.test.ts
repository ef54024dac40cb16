import { expect, test } from "vitest";
import { DestinationError, messageOf } from "#lib/connectors/errors.ts";
import { createSteps } from "#lib/connectors/steps.ts";

test("what a server said reaches no row with NUL or half a surrogate pair", async () => {
  expect(new DestinationError("failed", "no\0 \ud83d.").message).toBe("no \ufffd.");
  expect(messageOf(new Error("no\0 \ud83d."))).toBe("no \ufffd.");
  const steps = createSteps();
  await steps.run("sign in", () => Promise.reject(new Error("no\0 \ud83d")));
  expect(steps.result().steps).toMatchObject([{ ok: false, detail: "It failed: no \ufffd." }]);
});
