import { page, pageQuery } from "#lib/http/paging.ts";
import { operation } from "#lib/operation.ts";
import { deliveryList, deliveryListInput } from "#lib/webhooks/schemas.ts";
import { toDelivery, withWebhookAndType } from "#lib/webhooks/to-delivery.ts";

export const listDeliveries = operation({
  name: "listDeliveries",
  summary: "What was sent to webhooks, or is to be, newest first.",
  http: { method: "GET", path: "/deliveries" },
  permission: "webhooks.read",
  input: deliveryListInput,
  output: deliveryList,
  audit: "nothing: a list of what auditors may see",
  run: async (db, _context, input) => {
    const { where, ...query } = pageQuery(input);
    const { webhookId, status } = input;
    const filters = { webhook: { deletedAt: null }, ...(webhookId && { webhookId }), ...(status && { status }) };
    const rows = await db.delivery.findMany({ ...query, where: { ...where, ...filters }, include: withWebhookAndType });
    const found = page(rows, input.limit);
    return { ...found, items: found.items.map(toDelivery) };
  },
});
