import { expect, test } from "vitest";
import { describeEvent } from "#lib/events/describe-event.ts";
import { eventExamples } from "#lib/events/event-examples.ts";
import { eventNames, eventTypes } from "#lib/events/event-types.ts";
import { chosenFrom, wantsMail } from "#lib/events/mail-choice.ts";
import { tell, toldFields } from "#lib/events/told.ts";

const told = (name: (typeof eventNames)[number]) => tell(eventExamples[name], eventExamples[name].names, "https://backup.example.com");

test.each(eventNames)("%s: its example is one, with names and a link, and is told in whole lines", (name) => {
  const { data } = eventExamples[name];
  expect(eventTypes[name].data.strict().parse(data)).toEqual(data);
  expect(toldFields.parse(told(name))).toMatchObject({
    tenantSlug: "acme",
    link: expect.stringMatching(/^https:\/\/backup.example.com\/t\/acme/) as string,
  });
  const { headline, details } = describeEvent(name, told(name));
  expect(headline.startsWith(eventTypes[name].title)).toBe(true);
  for (const line of details) expect(line).toMatch(/[.?…]$/);
});

test("words say what is known, and never “undefined”", () => {
  expect(describeEvent("run.missed", told("run.missed"))).toEqual({
    headline: "A backup was missed: “Core switch”",
    details: ["Due 2026-11-22 01:00 UTC.", "3 runs were missed.", "Policy: Every night."],
    link: "https://backup.example.com/t/acme/runs/run_01kb8x3m4peq2v1nqw2t5d6f7g",
  });
  for (const name of eventNames) expect(JSON.stringify(describeEvent(name, {}))).not.toMatch(/undefined|null|NaN/);
});

test("what differs from the defaults is stored, so that a failure of a later version is mailed to everybody", () => {
  expect(chosenFrom(null, "owner", ["run.completed"])).toMatchObject({ "run.completed": true, "run.failed": false });
  const stored = { "run.completed": true };
  expect(wantsMail({ role: "viewer", mailTypes: stored }, "system.overdue")).toBe(true);
  expect(wantsMail({ role: "viewer", mailTypes: "what nobody wrote" }, "run.failed")).toBe(true);
  expect(wantsMail({ role: "viewer", mailTypes: { "channel.failed": true } }, "channel.failed")).toBe(false);
});
