import { z } from "zod";
import { type Role, roleMay } from "#lib/auth/permissions.ts";
import { type EventName, eventNames, eventTypes } from "#lib/events/event-types.ts";

// Runs in the browser too: imports nothing of Node's.

/** What a member chose, where it differs from what is so by default: a failure of a kind that is added later is mailed to everybody. */
const chosenSchema = z.record(z.string(), z.boolean()).catch({});

/** The types that somebody with that role can have mailed; the test button's own comes by itself. */
export function mailableTypes(role: Role): EventName[] {
  return eventNames.filter((type) => type !== "test" && roleMay(role, eventTypes[type].permission));
}

/** Whether a member is to be mailed events of that type: failures, unless `chosen` (members.mail_types) says otherwise, and never what the role may not see. */
export function wantsMail({ role, mailTypes }: { role: Role; mailTypes: unknown }, type: EventName): boolean {
  if (type === "test" || !roleMay(role, eventTypes[type].permission)) return false;
  return chosenSchema.parse(mailTypes ?? {})[type] ?? eventTypes[type].isFailure;
}

/** What to store for a member who wants exactly `types` of those that their role may see; null when that is what is so by default. */
export function chosenFrom(before: unknown, role: Role, types: readonly EventName[]): Record<string, boolean> | null {
  const asked = mailableTypes(role);
  // What the role does not show now was chosen in another one.
  const kept = Object.entries(chosenSchema.parse(before ?? {})).filter(([type]) => !asked.some((name) => name === type));
  const different = asked.filter((type) => types.includes(type) !== eventTypes[type].isFailure);
  const chosen = Object.fromEntries([...kept, ...different.map((type) => [type, types.includes(type)] as const)]);
  return Object.keys(chosen).length === 0 ? null : chosen;
}
