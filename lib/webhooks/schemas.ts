import { z } from "zod";
import { type EventName, eventNames } from "#lib/events/event-types.ts";
import { idField, nameField } from "#lib/http/fields.ts";
import { pageInput, pageOf } from "#lib/http/paging.ts";

// Runs in the browser too: imports nothing of Node's.

/** What a webhook can be told of; a test is sent by its button alone. */
export const webhookTypes = eventNames.filter((name): name is Exclude<EventName, "test"> => name !== "test");

/** How long the secret before goes on signing beside a new one, unless somebody says otherwise. */
export const ROTATION_HOURS = 24;

const LONGEST_URL = 2000;

/** An address that can be told: http or https, without a sign-in. The message never repeats it, since it may hold a secret. */
const urlField = z
  .string({ error: "Type an address." })
  .trim()
  .max(LONGEST_URL, `An address has at most ${LONGEST_URL} characters.`)
  .superRefine((text, context) => {
    const message = problemOf(text);
    if (message !== null) context.addIssue({ code: "custom", message });
  });

function problemOf(text: string): string | null {
  const url = URL.parse(text);
  if (url === null || url.hostname === "") return "Type a whole address, such as https://hooks.example.com/holdfast.";
  if (url.protocol !== "https:" && url.protocol !== "http:") return "The address must begin with https:// or http://.";
  if (url.username !== "" || url.password !== "")
    return "Leave the user name and password out: deliveries are signed, and the receiver checks the signature.";
  return url.hash === "" ? null : "Leave out the # and what follows it: it is never sent.";
}

const typesField = z
  .array(z.enum(webhookTypes, { error: "There is no such event." }))
  .min(1, "Choose at least one event.")
  .transform((types) => [...new Set(types)]);

/** A webhook as the API shows it: of its address only the origin, of its secrets nothing. */
export const webhookSchema = z.object({
  id: z.string(),
  name: z.string(),
  origin: z.string().describe("Scheme, host and port of the address; the rest may hold a secret and is not shown."),
  types: z.array(z.string()),
  enabled: z.boolean(),
  disabledFor: z.string().nullable().describe("Why it was disabled by itself, in a sentence."),
  failingSince: z.string().nullable().describe("Since when no delivery has arrived; null while the last one did."),
  oldSecretUntil: z.string().nullable().describe("Until when the secret before signs as well; null when there is only one."),
  createdAt: z.string(),
});
export type WebhookDto = z.infer<typeof webhookSchema>;

export const createdWebhookSchema = webhookSchema.extend({
  secret: z.string().describe("The signing secret, `whsec_…`. Shown this once."),
});
export type CreatedWebhookDto = z.infer<typeof createdWebhookSchema>;

export const updatedWebhookSchema = webhookSchema.extend({
  secret: z.string().nullable().describe("A new signing secret, made because the address has another origin; shown this once. Else null."),
});
export type UpdatedWebhookDto = z.infer<typeof updatedWebhookSchema>;

export const createWebhookInput = z.object({ name: nameField, url: urlField, types: typesField, enabled: z.boolean().default(true) });
export const updateWebhookInput = z.object({
  id: idField,
  name: nameField.optional(),
  url: urlField.optional(),
  types: typesField.optional(),
  enabled: z.boolean().optional().describe("`true` also takes a deletion back."),
});
export const rotateSecretInput = z.object({
  id: idField,
  oldValidHours: z
    .number()
    .int()
    .min(0)
    .max(168)
    .default(ROTATION_HOURS)
    .describe("How long the secret before goes on signing beside the new one; 0 when it is known to others."),
});

const deliveryStatuses = ["pending", "sending", "delivered", "failed", "cancelled"] as const;
const deliveryTriggers = ["event", "test", "person"] as const;

export const deliverySchema = z.object({
  id: z.string(),
  webhookId: z.string(),
  webhookName: z.string(),
  eventId: z.string().describe("Sent as `webhook-id`, the same at every attempt and redelivery."),
  eventType: z.string(),
  trigger: z.enum(deliveryTriggers).describe("What made it: an event, the test button, or a person who asked for it again."),
  status: z.enum(deliveryStatuses),
  attempt: z.number().describe("Attempts begun so far."),
  attempts: z.number().describe("Attempts that are made at most."),
  nextAttemptAt: z.string().nullable(),
  failure: z.string().nullable().describe("Why the last attempt failed, in a sentence."),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
});
export type DeliveryDto = z.infer<typeof deliverySchema>;

export const deliveryDetailSchema = deliverySchema.extend({
  payload: z.string().describe("The body that is sent."),
  log: z.array(
    z.object({
      attempt: z.number(),
      at: z.string(),
      durationMs: z.number().nullable(),
      statusCode: z.number().nullable(),
      answer: z.string().nullable().describe("The beginning of what was answered, at most 1 KiB."),
      failure: z.string().nullable(),
    }),
  ),
});
export type DeliveryDetailDto = z.infer<typeof deliveryDetailSchema>;

export const deliveryListInput = pageInput.extend({
  webhookId: idField.optional(),
  status: z.enum(deliveryStatuses).optional(),
});
export const deliveryList = pageOf(deliverySchema);
