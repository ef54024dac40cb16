import { newId } from "#lib/ids.ts";
import { operation } from "#lib/operation.ts";
import { refuseTooManyWebhooks } from "#lib/webhooks/refuse-too-many.ts";
import { requireAllowedAddress } from "#lib/webhooks/require-allowed-address.ts";
import { createdWebhookSchema, createWebhookInput } from "#lib/webhooks/schemas.ts";
import { newEndpoint, presentSecret, sealEndpoint } from "#lib/webhooks/sealed-endpoint.ts";
import { webhookOrThrow } from "#lib/webhooks/to-webhook.ts";

export const createWebhook = operation({
  name: "createWebhook",
  summary: "Has an address told of events. The answer holds the signing secret, this once.",
  http: { method: "POST", path: "/webhooks", status: 201 },
  permission: "webhooks.write",
  input: createWebhookInput,
  output: createdWebhookSchema,
  audit: ({ id, name, origin, types }) => ({
    action: "webhook.created",
    subjectKind: "webhook",
    subjectId: id,
    subjectLabel: name,
    detail: { origin, types },
  }),
  changes: ["webhooks"],
  run: async (db, { tenant }, { name, url, types, enabled }) => {
    const parsed = new URL(url);
    requireAllowedAddress(parsed);
    await refuseTooManyWebhooks(db, tenant.id);
    const id = newId("webhook");
    const endpoint = newEndpoint(url);
    const sealedSecrets = await sealEndpoint(db, id, endpoint);
    await db.webhook.createMany({ data: [{ id, name, origin: parsed.origin, types, enabled, sealedSecrets }] });
    return { ...(await webhookOrThrow(db, id)), secret: presentSecret(endpoint) };
  },
});
