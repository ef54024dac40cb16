import { NotFoundError } from "#lib/errors.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";
import { payloadOf } from "#lib/webhooks/payload.ts";
import { deliveryDetailSchema } from "#lib/webhooks/schemas.ts";
import { toDelivery, withWebhookAndType } from "#lib/webhooks/to-delivery.ts";

export const getDelivery = operation({
  name: "getDelivery",
  summary: "One delivery, with what is sent and what each attempt came to.",
  http: { method: "GET", path: "/deliveries/{id}" },
  permission: "webhooks.read",
  input: idInput,
  output: deliveryDetailSchema,
  audit: "nothing: a look at what auditors may see",
  run: async (db, _context, { id }) => {
    const include = { ...withWebhookAndType, event: true, attempts: { orderBy: { attempt: "asc" } } } as const;
    const row = await db.delivery.findFirst({ where: { id, webhook: { deletedAt: null } }, include });
    if (!row) throw new NotFoundError("delivery");
    return {
      ...toDelivery(row),
      payload: payloadOf(row.event),
      log: row.attempts.map(({ attempt, at, durationMs, statusCode, answer, failure }) => ({
        attempt,
        at: at.toISOString(),
        durationMs,
        statusCode,
        answer,
        failure,
      })),
    };
  },
});
