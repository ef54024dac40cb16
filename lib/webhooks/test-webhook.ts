import { databaseNow } from "#lib/clock/database-now.ts";
import { type EventData, eventTypes } from "#lib/events/event-types.ts";
import { idInput } from "#lib/http/fields.ts";
import { newId } from "#lib/ids.ts";
import { operation } from "#lib/operation.ts";
import { refuseUnderWay } from "#lib/webhooks/refuse-under-way.ts";
import { deliverySchema } from "#lib/webhooks/schemas.ts";
import { deliveryOrThrow } from "#lib/webhooks/to-delivery.ts";
import { webhookRowOrThrow } from "#lib/webhooks/to-webhook.ts";

export const testWebhook = operation({
  name: "testWebhook",
  summary: "Sends an event of the type `test` to this webhook alone, once, even while it is disabled. Answers with the delivery.",
  http: { method: "POST", path: "/webhooks/{id}/test", status: 202 },
  permission: "webhooks.write",
  input: idInput,
  output: deliverySchema,
  audit: ({ webhookId, webhookName }) => ({
    action: "webhook.tested",
    subjectKind: "webhook",
    subjectId: webhookId,
    subjectLabel: webhookName,
  }),
  // "events" has the worker look for what is to be told at once.
  changes: ["deliveries", "events"],
  run: async (db, { tenant }, { id }) => {
    const { name } = await webhookRowOrThrow(db, id);
    await refuseUnderWay(db, tenant.id, { webhookId: id, trigger: "test" });
    const now = await databaseNow(db);
    const data: EventData<"test"> = eventTypes.test.data.parse({ message: `A test of the webhook “${name}”.` });
    const eventId = newId("event");
    // Marked as spread: nobody else is told of it.
    await db.event.createMany({
      data: [{ tenantId: tenant.id, id: eventId, type: "test", subjectKind: "webhook", subjectId: id, data, spreadAt: now }],
    });
    const delivery = { id: newId("delivery"), webhookId: id, eventId, status: "pending", trigger: "test", nextAttemptAt: now };
    await db.delivery.createMany({ data: [delivery] });
    return deliveryOrThrow(db, delivery.id);
  },
});
