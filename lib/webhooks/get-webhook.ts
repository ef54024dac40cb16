import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";
import { webhookSchema } from "#lib/webhooks/schemas.ts";
import { webhookOrThrow } from "#lib/webhooks/to-webhook.ts";

export const getWebhook = operation({
  name: "getWebhook",
  summary: "One webhook; never its secret, and of its address only the origin.",
  http: { method: "GET", path: "/webhooks/{id}" },
  permission: "webhooks.read",
  input: idInput,
  output: webhookSchema,
  audit: "nothing: a look at what auditors may see",
  run: async (db, _context, { id }) => webhookOrThrow(db, id),
});
