import { expect, test } from "vitest";
import { nextRunOf, nextRunOfSystem } from "#components/policies/next-run.ts";
import type { PolicyDto } from "#lib/policies/schemas.ts";

const now = new Date("2026-03-03T12:00:00Z");
const policy = (more: Partial<PolicyDto>): PolicyDto => ({
  id: "pol_1",
  name: "Daily",
  enabled: true,
  systemIds: ["sys_1"],
  destinationIds: ["dst_1"],
  schedule: { kind: "daily", at: "01:00", timeZone: "UTC" },
  onChange: false,
  retention: { keepLast: 30 },
  attempts: 3,
  windowMinutes: 60,
  catchUp: "latest",
  createdAt: "2026-01-01T00:00:00Z",
  ...more,
});

test("a policy that is on runs next when its schedule says", () => {
  expect(nextRunOf(policy({}), now)).toEqual(new Date("2026-03-04T01:00:00Z"));
});

test("one that is off, or covers nothing, does not run", () => {
  expect(nextRunOf(policy({ enabled: false }), now)).toBeNull();
  expect(nextRunOf(policy({ systemIds: [] }), now)).toBeNull();
});

test("a system runs next by the earliest of its policies", () => {
  const noon = policy({ id: "pol_2", schedule: { kind: "daily", at: "13:00", timeZone: "UTC" } });
  const others = policy({ id: "pol_3", systemIds: ["sys_2"], schedule: { kind: "daily", at: "12:30", timeZone: "UTC" } });
  expect(nextRunOfSystem([policy({}), noon, others], "sys_1", now)).toEqual(new Date("2026-03-03T13:00:00Z"));
  expect(nextRunOfSystem([noon], "sys_9", now)).toBeNull();
});
