import type { Transaction } from "#lib/db/client.ts";

/**
 * Marks backups for removal, with their copies: from here on, what lies in the destinations goes. One that was pinned meanwhile, or is no longer in
 * the state `from`, is left alone. One statement with one parameter for all ids, of which there may be any number.
 *
 * @returns the ids of those that were marked
 */
export async function giveUpBackups(
  db: Transaction,
  ids: string[],
  { from, now }: { from: "completed" | "trashed"; now: Date },
): Promise<string[]> {
  const marked = await db.$queryRaw<{ id: string }[]>`
    WITH marked AS (
      UPDATE backups SET status = 'deleting'
      WHERE id = ANY(${ids}::text[]) AND status = ${from} AND NOT pinned AND (pinned_until IS NULL OR pinned_until <= ${now}::timestamptz)
      RETURNING tenant_id, id
    ), copies AS (
      UPDATE backup_copies copy SET status = 'deleting', attempts = 0, next_attempt_at = NULL
      FROM marked
      WHERE copy.tenant_id = marked.tenant_id AND copy.backup_id = marked.id AND copy.status NOT IN ('deleted', 'failed')
    )
    SELECT id FROM marked`;
  return marked.map(({ id }) => id);
}
