import { page, pageInput, pageOf, pageQuery } from "#lib/http/paging.ts";
import { operation } from "#lib/operation.ts";
import { webhookSchema } from "#lib/webhooks/schemas.ts";
import { toWebhooks } from "#lib/webhooks/to-webhook.ts";

export const listWebhooks = operation({
  name: "listWebhooks",
  summary: "The tenant's webhooks, newest first; never their secrets.",
  http: { method: "GET", path: "/webhooks" },
  permission: "webhooks.read",
  input: pageInput,
  output: pageOf(webhookSchema),
  audit: "nothing: a list of what auditors may see",
  run: async (db, _context, input) => {
    const { where, ...query } = pageQuery(input);
    const found = page(await db.webhook.findMany({ ...query, where: { ...where, deletedAt: null } }), input.limit);
    return { ...found, items: await toWebhooks(db, found.items) };
  },
});
