import type { Transaction } from "#lib/db/client.ts";
import { CHANGES_CHANNEL } from "#lib/db/changes.ts";
import { type EventData, type EventName, eventTypes } from "#lib/events/event-types.ts";
import { newId } from "#lib/ids.ts";

/**
 * Writes down, for each of these tenants, something that happened to the installation, in the caller's transaction, as `scheduler`: recordEvent for many, in
 * two statements however many there are. Throws when `data` is not what the type's schema says.
 */
export async function recordForTenants<Name extends EventName>(
  db: Transaction,
  type: Name,
  tenantIds: readonly string[],
  data: EventData<Name>,
): Promise<void> {
  if (tenantIds.length === 0) return;
  const checked = JSON.stringify(eventTypes[type].data.parse(data));
  const ids = tenantIds.map(() => newId("event"));
  await db.$executeRaw`
    INSERT INTO events (tenant_id, id, type, subject_kind, subject_id, data)
    SELECT tenant_id, id, ${type}, NULL, NULL, ${checked}::jsonb FROM unnest(${[...tenantIds]}::text[], ${ids}::text[]) AS given (tenant_id, id)`;
  await db.$executeRaw`
    SELECT pg_notify(${CHANGES_CHANNEL}, jsonb_build_object('tenantId', tenant_id, 'kinds', ARRAY['events', 'overview'])::text)
    FROM unnest(${[...tenantIds]}::text[]) AS given (tenant_id)`;
}
