import { expect, test } from "vitest";
import { deliveryState, failureTypes, typeGroups, webhookState } from "#components/notifications/webhook-words.ts";
import { webhookTypes } from "#lib/webhooks/schemas.ts";

test("every event stands in exactly one group", () => {
  const grouped = typeGroups.flatMap(({ types }) => types);
  expect([...grouped].sort()).toEqual([...webhookTypes].sort());
  expect(typeGroups.every(({ types }) => types.length > 0)).toBe(true);
});

test("what goes wrong is chosen at first, what goes well is not", () => {
  expect(failureTypes).toContain("run.failed");
  expect(failureTypes).not.toContain("run.completed");
});

test("a webhook that a person switched off looks calm, one that was disabled does not", () => {
  const well = { enabled: true, disabledFor: null, failingSince: null };
  expect(webhookState(well)).toEqual({ state: "completed", label: "On" });
  expect(webhookState({ ...well, failingSince: "2026-11-22T00:00:00Z" }).state).toBe("partial");
  expect(webhookState({ ...well, enabled: false }).state).toBe("cancelled");
  expect(webhookState({ ...well, enabled: false, disabledFor: "gone" }).state).toBe("failed");
});

test("a delivery that waits for its next attempt is not called failed", () => {
  expect(deliveryState({ status: "pending", attempt: 0 }).label).toBe("Waiting");
  expect(deliveryState({ status: "pending", attempt: 3 }).label).toBe("To be tried again");
  expect(deliveryState({ status: "failed", attempt: 8 }).state).toBe("failed");
});
