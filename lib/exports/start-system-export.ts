import { proofFields, requireProof } from "#lib/auth/step-up.ts";
import { newToken } from "#lib/auth/tokens.ts";
import { requireDownload } from "#lib/backups/downloads/require-download.ts";
import { downloadSchema } from "#lib/backups/downloads/schemas.ts";
import type { Context } from "#lib/auth/context.ts";
import { databaseNow } from "#lib/clock/database-now.ts";
import type { Transaction } from "#lib/db/client.ts";
import { env } from "#lib/env.ts";
import { ConflictError, NotFoundError } from "#lib/errors.ts";
import { idInput } from "#lib/http/fields.ts";
import { newId } from "#lib/ids.ts";
import { operation } from "#lib/operation.ts";

export const startSystemExport = operation({
  name: "startSystemExport",
  summary:
    "Makes a link to all archives of a system with their descriptions and key files, still encrypted, as one tar. It works once and in this session only. Needs the login password.",
  http: { method: "POST", path: "/systems/{id}/exports", status: 201 },
  permission: "backups.download",
  input: idInput.extend(proofFields),
  output: downloadSchema,
  audit: (result, input) => ({
    action: "backup.exported",
    subjectKind: "system",
    subjectId: input.id,
    detail: { downloadId: result.id, expiresAt: result.expiresAt },
  }),
  prepare: (context, input) => requireProof(context, input),
  run: async (db, context, { id: systemId }) => {
    await requireSomething(db, context, systemId);
    const { token, tokenHash } = newToken();
    const id = newId("download");
    const expiresAt = new Date((await databaseNow(db)).getTime() + env().HOLDFAST_DOWNLOAD_SECONDS * 1000);
    await db.download.createMany({ data: [{ id, systemId, sessionId: context.actor.sessionId, tokenHash, expiresAt }] });
    return { id, url: `/api/v1/tenants/${context.tenant.slug}/downloads/${token}`, expiresAt: expiresAt.toISOString() };
  },
});

/** A system that was disconnected still has its backups. */
async function requireSomething(db: Transaction, context: Context, id: string): Promise<void> {
  const system = await db.system.findUnique({ where: { id }, select: { kind: true } });
  if (!system) throw new NotFoundError("system");
  requireDownload(context, { systemKind: system.kind });
  const count = await db.backup.count({ where: { systemId: id, status: "completed", copies: { some: { status: "stored" } } } });
  if (count === 0)
    throw new ConflictError("This system has no backup with a whole copy, so there is nothing to export.", "nothing-to-export");
}
