import type { z } from "zod";
import type { Transaction } from "#lib/db/client.ts";
import { operation } from "#lib/operation.ts";
import { cancelWaiting } from "#lib/webhooks/disable-webhook.ts";
import { refuseTooManyWebhooks } from "#lib/webhooks/refuse-too-many.ts";
import { requireAllowedAddress } from "#lib/webhooks/require-allowed-address.ts";
import { updatedWebhookSchema, updateWebhookInput } from "#lib/webhooks/schemas.ts";
import { newEndpoint, openEndpoint, presentSecret, sealEndpoint } from "#lib/webhooks/sealed-endpoint.ts";
import { webhookOrThrow, webhookRowOrThrow } from "#lib/webhooks/to-webhook.ts";

export const updateWebhook = operation({
  name: "updateWebhook",
  summary:
    "Changes a webhook, or enables it again, even a deleted one. An address of another origin gets a new secret, in the answer this once.",
  http: { method: "PATCH", path: "/webhooks/{id}" },
  permission: "webhooks.write",
  input: updateWebhookInput,
  output: updatedWebhookSchema,
  audit: ({ id, name, origin, secret }, input) => ({
    action: "webhook.changed",
    subjectKind: "webhook",
    subjectId: id,
    subjectLabel: name,
    detail: {
      changed: (["name", "url", "types", "enabled"] as const).filter((field) => input[field] !== undefined),
      ...(input.url === undefined ? {} : { origin, newSecret: secret !== null }),
      ...(input.types === undefined ? {} : { types: input.types }),
      ...(input.enabled === undefined ? {} : { enabled: input.enabled }),
    },
  }),
  changes: ["webhooks", "deliveries"],
  run: async (db, { tenant }, { id, name, url, types, enabled }) => {
    const row = await webhookRowOrThrow(db, id, { evenDeleted: enabled === true });
    if (row.deletedAt !== null) await refuseTooManyWebhooks(db, tenant.id);
    const moved = url === undefined ? null : await moveTo(db, row, url);
    const switched = enabled === undefined ? {} : { enabled, disabledFor: null };
    const restored = enabled === true ? { deletedAt: null, failingSince: null } : {};
    const given = { ...(name === undefined ? {} : { name }), ...(types === undefined ? {} : { types }) };
    await db.webhook.updateMany({ where: { id }, data: { ...given, ...switched, ...restored, ...moved?.columns } });
    if (enabled === false) await cancelWaiting(db, id);
    return { ...(await webhookOrThrow(db, id)), secret: moved?.secret ?? null };
  },
});

type Row = Awaited<ReturnType<typeof webhookRowOrThrow>>;

/** Whoever can only name an address must not have it told under a secret that another one is trusted by. */
async function moveTo(
  db: Transaction,
  row: Row,
  text: NonNullable<z.output<typeof updateWebhookInput>["url"]>,
): Promise<{ columns: { origin: string; sealedSecrets: string; failingSince: null }; secret: string | null }> {
  const url = new URL(text);
  requireAllowedAddress(url);
  const isElsewhere = url.origin !== row.origin;
  const endpoint = isElsewhere ? newEndpoint(text) : { ...(await openEndpoint(db, row)), url: url.href };
  const sealedSecrets = await sealEndpoint(db, row.id, endpoint);
  return { columns: { origin: url.origin, sealedSecrets, failingSince: null }, secret: isElsewhere ? presentSecret(endpoint) : null };
}
