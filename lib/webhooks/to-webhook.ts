import { databaseNow } from "#lib/clock/database-now.ts";
import type { Transaction } from "#lib/db/client.ts";
import { NotFoundError } from "#lib/errors.ts";
import type { WebhookDto } from "#lib/webhooks/schemas.ts";
import { oldSecretUntil, openEndpoint } from "#lib/webhooks/sealed-endpoint.ts";

/** Rows as the API shows them: no address beyond its origin, no secret. */
export async function toWebhooks(db: Transaction, rows: WebhookRow[]): Promise<WebhookDto[]> {
  const now = await databaseNow(db);
  const shown: WebhookDto[] = [];
  for (const row of rows) {
    const { id, name, origin, types, enabled, disabledFor } = row;
    const endpoint = await openEndpoint(db, row);
    shown.push({
      ...{ id, name, origin, types, enabled, disabledFor },
      failingSince: row.failingSince?.toISOString() ?? null,
      oldSecretUntil: oldSecretUntil(endpoint, now),
      createdAt: row.createdAt.toISOString(),
    });
  }
  return shown;
}

/** One webhook as the API shows it. Throws NotFoundError when it is absent or deleted. */
export async function webhookOrThrow(db: Transaction, id: string): Promise<WebhookDto> {
  const [webhook] = await toWebhooks(db, [await webhookRowOrThrow(db, id)]);
  if (!webhook) throw new NotFoundError("webhook");
  return webhook;
}

/** The row, locked against others who would change it. Throws NotFoundError when it is absent or, unless wanted, deleted. */
export async function webhookRowOrThrow(db: Transaction, id: string, { evenDeleted = false } = {}): Promise<WebhookRow> {
  await db.$queryRaw`SELECT id FROM webhooks WHERE id = ${id} FOR UPDATE`;
  const row = await db.webhook.findFirst({ where: { id, ...(evenDeleted ? {} : { deletedAt: null }) } });
  if (!row) throw new NotFoundError("webhook");
  return row;
}

interface WebhookRow {
  id: string;
  name: string;
  origin: string;
  sealedSecrets: string;
  types: string[];
  enabled: boolean;
  disabledFor: string | null;
  failingSince: Date | null;
  createdAt: Date;
  deletedAt: Date | null;
}
