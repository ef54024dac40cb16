import { CHANGES_CHANNEL, changesOf } from "#lib/db/changes.ts";
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
  subject: EventSubject,
  data: EventData<Name>,
): Promise<void> {
  await recordEvents(db, type, [{ subject, data }]);
}

/** The same for many of a type at once. */
export async function recordEvents<Name extends EventName>(
  db: Transaction,
  type: Name,
  events: readonly { subject: EventSubject; data: EventData<Name> }[],
): Promise<void> {
  if (events.length === 0) return;
  const subjects = events.map(({ subject }) => subject);
  const checked = events.map(({ data }) => JSON.stringify(eventTypes[type].data.parse(data)));
  const told = changesOf(
    subjects.map((subject) => subject.tenantId),
    ["events"],
  );
  // Names exactly the columns that the scheduler may fill.
  await db.$queryRaw`
    WITH written AS (
      INSERT INTO events (tenant_id, id, type, subject_kind, subject_id, data)
      SELECT tenant_id, id, ${type}, subject_kind, subject_id, data
      FROM unnest(${subjects.map((subject) => subject.tenantId)}::text[], ${events.map(() => newId("event"))}::text[],
        ${subjects.map((subject) => subject.subjectKind ?? null)}::text[], ${subjects.map((subject) => subject.subjectId ?? null)}::text[],
        ${checked}::jsonb[]) AS event (tenant_id, id, subject_kind, subject_id, data))
    SELECT pg_notify(${CHANGES_CHANNEL}, payload)::text FROM unnest(${told}::text[]) AS payload`;
}
