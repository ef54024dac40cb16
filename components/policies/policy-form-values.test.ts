import { describe, expect, test } from "vitest";
import { policyFormValues, policyInput, readSchedule, resolvePolicy } from "#components/policies/policy-form-values.ts";
import { createPolicyInput, type PolicyDto } from "#lib/policies/schemas.ts";

const policy: PolicyDto = {
  id: "pol_1",
  name: "Nightly",
  enabled: true,
  systemIds: ["sys_1"],
  destinationIds: ["dst_1"],
  schedule: { kind: "interval", everyDays: 3, at: ["01:00", "13:00"], timeZone: "Europe/Berlin", anchorDate: "2026-03-01" },
  onChange: true,
  retention: { keepLast: 30, keepMonthly: 12 },
  attempts: 2,
  windowMinutes: 90,
  catchUp: "skip",
  createdAt: "2026-01-01T00:00:00Z",
};

describe("a policy in its form", () => {
  test("comes out as it went in, without what only the server keeps", () => {
    const { id: _id, createdAt: _createdAt, schedule, ...rest } = policy;
    const { anchorDate: _anchorDate, ...typed } = schedule as Extract<PolicyDto["schedule"], { kind: "interval" }>;
    expect(createPolicyInput.parse(policyInput(policyFormValues(policy, "UTC")))).toEqual({ ...rest, schedule: typed });
  });

  test("a new one only needs a name, systems and destinations", () => {
    const { errors } = resolvePolicy(policyFormValues(null, "UTC"));
    expect(Object.keys(errors).sort()).toEqual(["destinationIds", "name", "systemIds"]);
  });

  test.each([
    [{ kind: "cron", expression: "61 * * * *" } as const, "expression"],
    [{ kind: "interval", everyDays: "0" } as const, "everyDays"],
    [{ kind: "hours", at: ["01:00", "01:00"] } as const, "at"],
    [{ kind: "hours", at: ["01:00", ""] } as const, "at"],
    [{ kind: "daily", at: [""] } as const, "at"],
    [{ timeZone: "Mars/Olympus" } as const, "timeZone"],
  ])("a schedule with %j is refused at its field", (wrong, field) => {
    const values = policyFormValues(policy, "UTC");
    const schedule = { ...values.schedule, ...wrong, at: [...("at" in wrong ? wrong.at : values.schedule.at)] };
    expect(resolvePolicy({ ...values, schedule })).toHaveProperty(["errors", "schedule", field, "message"]);
    expect(readSchedule(schedule)).toBeNull();
  });

  test("retention that keeps nothing, and counts that are none, are refused", () => {
    const values = policyFormValues(policy, "UTC");
    const none = { keepLast: "", keepDays: "", keepDaily: "", keepWeekly: "", keepMonthly: "", keepYearly: "" };
    expect(resolvePolicy({ ...values, retention: none })).toHaveProperty(["errors", "retention", "message"]);
    const many = { ...none, keepLast: "many" };
    expect(resolvePolicy({ ...values, retention: many })).toHaveProperty(["errors", "retention", "keepLast", "message"]);
  });
});
