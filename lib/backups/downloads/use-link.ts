import type { Context } from "#lib/auth/context.ts";
import { hashToken } from "#lib/auth/tokens.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { ConflictError } from "#lib/errors.ts";

/** What a link leads to: one backup, or all of a system. */
export type LinkSubject = { backupId: string; systemId: null } | { backupId: null; systemId: string };

/** Uses a link up. One statement decides, so that two requests at once cannot both have it. Throws ConflictError "link-spent". */
export async function useLink(context: Context, token: string): Promise<LinkSubject> {
  return withTenant(context.tenant.id, async (db) => {
    const [used] = await db.$queryRaw<LinkSubject[]>`
      UPDATE downloads SET used_at = clock_timestamp()
      WHERE token_hash = ${hashToken(token)} AND session_id = ${context.actor.sessionId} AND used_at IS NULL AND expires_at > clock_timestamp()
      RETURNING backup_id AS "backupId", system_id AS "systemId"`;
    if (used) return used;
    throw new ConflictError("This link was used, has expired, or was made in another session. Start the download again.", "link-spent");
  });
}
