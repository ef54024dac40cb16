import { z } from "zod";
import { type EventName, eventNames } from "#lib/events/event-types.ts";

// Runs in the browser too: imports nothing of Node's.

const eventName = z.enum(eventNames as [EventName, ...EventName[]], { error: "There is no such type of event." });

export const mailChoiceSchema = z.object({
  isConfigured: z.boolean().describe("Whether the operator has set SMTP_URL."),
  address: z.string().describe("Where it goes: the member's own address."),
  available: z.array(eventName).describe("What the member's role may be told of."),
  types: z.array(eventName).describe("What is mailed to the member. Failures, until something else is chosen."),
  failure: z.string().nullable().describe("Why the last mail to the member did not go out, in a sentence; null when it did."),
});
export type MailChoice = z.infer<typeof mailChoiceSchema>;

export const chooseMailInput = z.object({ types: z.array(eventName).max(100) });

export const testMailSchema = z.object({
  address: z.string().describe("Where it went: the member's own address."),
  accepted: z.boolean().describe("Whether the mail server took it. Whether it arrives, only the letter box shows."),
  message: z.string().describe("Whether the mail server took it, or why not."),
});
export type TestMail = z.infer<typeof testMailSchema>;
