import { databaseNow } from "#lib/clock/database-now.ts";
import { operation } from "#lib/operation.ts";
import { createdWebhookSchema, rotateSecretInput } from "#lib/webhooks/schemas.ts";
import { openEndpoint, presentSecret, sealEndpoint, withNewSecret } from "#lib/webhooks/sealed-endpoint.ts";
import { webhookOrThrow, webhookRowOrThrow } from "#lib/webhooks/to-webhook.ts";

export const rotateWebhookSecret = operation({
  name: "rotateWebhookSecret",
  summary: "Makes a new signing secret, in the answer this once. The one before signs beside it for 24 hours, or as long as asked for.",
  http: { method: "POST", path: "/webhooks/{id}/rotate-secret" },
  permission: "webhooks.write",
  input: rotateSecretInput,
  output: createdWebhookSchema,
  audit: ({ id, name }, { oldValidHours }) => ({
    action: "webhook.secretRotated",
    subjectKind: "webhook",
    subjectId: id,
    subjectLabel: name,
    detail: { oldValidHours },
  }),
  changes: ["webhooks"],
  run: async (db, _context, { id, oldValidHours }) => {
    const row = await webhookRowOrThrow(db, id);
    const endpoint = withNewSecret(await openEndpoint(db, row), await databaseNow(db), oldValidHours);
    await db.webhook.updateMany({ where: { id }, data: { sealedSecrets: await sealEndpoint(db, id, endpoint) } });
    return { ...(await webhookOrThrow(db, id)), secret: presentSecret(endpoint) };
  },
});
