import { notifyTenants } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import type { EventData, EventName } from "#lib/events/event-types.ts";
import { recordEvents } from "#lib/events/record-event.ts";

/** Writes down, for each of these tenants, something that happened to the installation, in the caller's transaction, as `scheduler`; its pages show it. */
export async function recordForTenants<Name extends EventName>(
  db: Transaction,
  type: Name,
  tenantIds: readonly string[],
  data: EventData<Name>,
): Promise<void> {
  await recordEvents(
    db,
    type,
    tenantIds.map((tenantId) => ({ subject: { tenantId }, data })),
  );
  await notifyTenants(db, tenantIds, ["overview", "notices"]);
}
