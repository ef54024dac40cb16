import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { closeClients } from "#lib/db/client.ts";
import { createPolicy } from "#lib/policies/create-policy.ts";
import { previewPolicy } from "#lib/policies/preview-policy.ts";
import { createTestTenant, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

let installation: TestInstallation;
let tenant: TestTenant;
beforeAll(async () => {
  installation = await createTestInstallation();
  tenant = await createTestTenant();
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

test("a preview tells the next ten runs in the policy's zone and in UTC, and what the clocks do to them", async () => {
  const schedule = { kind: "daily", at: "02:30", timeZone: "Europe/Berlin" };
  const preview = await previewPolicy.execute(tenant.owner, { schedule, retention: { keepLast: 30 } });
  expect(preview.runs).toHaveLength(10);
  expect(preview.nextRuns).toEqual(preview.runs.map(({ dueAt }) => dueAt));
  for (const { dueAt, localTime } of preview.runs) {
    expect(localTime).toMatch(/^\d{4}-\d\d-\d\dT0[23]:\d\d\+0[12]:00$/);
    expect(new Date(localTime).toISOString()).toBe(dueAt);
  }
  // Within any year, Berlin's clocks go forward once and back once.
  expect(preview.clockChanges.toSorted()).toEqual([
    expect.stringMatching(/^The clocks go back: 02:30 comes twice on \d+ October \d{4}, and it runs the first time only\.$/),
    expect.stringMatching(/^The clocks go forward: 02:30 does not exist on \d+ March \d{4}, so it runs at 03:00\.$/),
  ]);
  expect(preview.promise).toBe("At most 24 h of changes can be lost; kept for 30 backups, about a month.");
});

test("without retention there is nothing to promise", async () => {
  const schedule = { kind: "daily", at: "01:00", timeZone: "UTC" };
  expect(await previewPolicy.execute(tenant.owner, { schedule })).toMatchObject({ promise: null, clockChanges: [] });
});

describe("neither saved nor previewed, with a sentence beside the field:", () => {
  test.each([
    [
      "a cron that never fires",
      { kind: "cron", expression: "0 0 30 2 *", timeZone: "UTC" },
      "expression",
      "No date, or hardly any, matches",
    ],
    [
      "one more often than a minute",
      { kind: "cron", expression: "*/10 * * * * *", timeZone: "UTC" },
      "expression",
      "a minute is the shortest step",
    ],
    ["a zone that does not exist", { kind: "daily", at: "01:00", timeZone: "Mars/Olympus" }, "timeZone", "is not a known time zone"],
    ["an offset as a zone", { kind: "daily", at: "01:00", timeZone: "+01:00" }, "timeZone", "is not a known time zone"],
    [
      "an interval of 0",
      { kind: "interval", everyDays: 0, at: ["01:00"], timeZone: "UTC" },
      "everyDays",
      "The shortest interval is 1 day.",
    ],
    ["no time of the day", { kind: "hours", at: [], timeZone: "UTC" }, "at", "Name at least one time of the day."],
    [
      "a first day in the far future",
      { kind: "interval", everyDays: 1, at: ["01:00"], timeZone: "UTC", anchorDate: "9999-12-31" },
      "anchorDate",
      "Name a first day within",
    ],
  ])("%s", async (_, schedule, field, sentence) => {
    const refused = { errors: [{ path: `schedule.${field}`, message: expect.stringContaining(sentence) as unknown }] };
    await expect(previewPolicy.execute(tenant.owner, { schedule })).rejects.toMatchObject(refused);
    const policy = { name: "Refused", systemIds: ["sys_1"], destinationIds: ["dst_1"], retention: { keepLast: 3 }, schedule };
    await expect(createPolicy.execute(tenant.owner, policy)).rejects.toMatchObject(refused);
  });
});
