import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { type EventData, type EventName, eventTypes } from "#lib/events/event-types.ts";
import { newId } from "#lib/ids.ts";

export interface EventSubject {
  tenantId: string;
  /** What it is about, for its link: run, system, backup, key, restore, webhook, member. */
  subjectKind?: string;
  subjectId?: string;
}

/**
 * Writes down that something happened, in the caller's transaction: what is rolled back is told to nobody, and what is committed cannot be forgotten. The
 * worker then makes a delivery for each webhook and a mail for each member that wants it. Works as `app` and as `scheduler`. Throws when
 * `data` is not what the type's schema says.
 */
export async function recordEvent<Name extends EventName>(
  db: Transaction,
  type: Name,
  { tenantId, subjectKind, subjectId }: EventSubject,
  data: EventData<Name>,
): Promise<void> {
  const checked = JSON.stringify(eventTypes[type].data.parse(data));
  // Names exactly the columns that the scheduler may fill.
  await db.$executeRaw`
    INSERT INTO events (tenant_id, id, type, subject_kind, subject_id, data)
    VALUES (${tenantId}, ${newId("event")}, ${type}, ${subjectKind ?? null}, ${subjectId ?? null}, ${checked}::jsonb)`;
  await notifyChange(db, { tenantId, kinds: ["events"] });
}
