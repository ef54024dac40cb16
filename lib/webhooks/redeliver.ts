import { databaseNow } from "#lib/clock/database-now.ts";
import { ConflictError } from "#lib/errors.ts";
import { idInput } from "#lib/http/fields.ts";
import { newId } from "#lib/ids.ts";
import { operation } from "#lib/operation.ts";
import { refuseUnderWay } from "#lib/webhooks/refuse-under-way.ts";
import { deliverySchema } from "#lib/webhooks/schemas.ts";
import { deliveryOrThrow } from "#lib/webhooks/to-delivery.ts";
import { webhookRowOrThrow } from "#lib/webhooks/to-webhook.ts";

export const redeliver = operation({
  name: "redeliver",
  summary: "Sends a delivery that has ended once more, under the same `webhook-id`. Answers with the new delivery.",
  http: { method: "POST", path: "/deliveries/{id}/redeliver", status: 202 },
  permission: "webhooks.write",
  input: idInput,
  output: deliverySchema,
  audit: ({ id, webhookName, eventType, eventId }) => ({
    action: "webhook.redelivered",
    subjectKind: "delivery",
    subjectId: id,
    subjectLabel: webhookName,
    detail: { eventType, eventId },
  }),
  // "events" has the worker look for what is to be told at once.
  changes: ["deliveries", "events"],
  run: async (db, { tenant }, { id }) => {
    const { webhookId, eventId, eventType } = await deliveryOrThrow(db, id);
    const { enabled, name } = await webhookRowOrThrow(db, webhookId);
    if (eventType === "test") throw new ConflictError("A test is not sent again. Send another one.", "delivery-of-test");
    if (!enabled) throw new ConflictError(`The webhook “${name}” is off. Enable it first, then deliver this again.`, "webhook-disabled");
    await refuseUnderWay(db, tenant.id, { webhookId, eventId });
    const now = await databaseNow(db);
    const again = { id: newId("delivery"), webhookId, eventId, status: "pending", trigger: "person", nextAttemptAt: now };
    await db.delivery.createMany({ data: [again] });
    return deliveryOrThrow(db, again.id);
  },
});
