import { z } from "zod";
import { databaseNow } from "#lib/clock/database-now.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";
import { cancelWaiting } from "#lib/webhooks/disable-webhook.ts";
import { webhookRowOrThrow } from "#lib/webhooks/to-webhook.ts";

export const deleteWebhook = operation({
  name: "deleteWebhook",
  summary: "Deletes a webhook. For seven days, enabling it takes that back; then its secret and its log are forgotten.",
  http: { method: "DELETE", path: "/webhooks/{id}" },
  permission: "webhooks.write",
  input: idInput,
  output: z.object({ id: z.string(), name: z.string() }),
  audit: ({ id, name }) => ({ action: "webhook.deleted", subjectKind: "webhook", subjectId: id, subjectLabel: name }),
  changes: ["webhooks", "deliveries"],
  run: async (db, _context, { id }) => {
    const { name } = await webhookRowOrThrow(db, id);
    await db.webhook.updateMany({ where: { id }, data: { deletedAt: await databaseNow(db), enabled: false } });
    await cancelWaiting(db, id);
    return { id, name };
  },
});
