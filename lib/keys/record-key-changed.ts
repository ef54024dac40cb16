import type { Transaction } from "#lib/db/client.ts";
import { recordEvent } from "#lib/events/record-event.ts";

/** Tells of a change to what backups are encrypted to or opened with, in the caller's transaction. `change` is in a few words, without a full stop. */
export async function recordKeyChanged(db: Transaction, key: { tenantId: string; keyId: string }, change: string): Promise<void> {
  const { tenantId, keyId } = key;
  await recordEvent(db, "key.changed", { tenantId, subjectKind: "key", subjectId: keyId }, { keyId, change });
}
