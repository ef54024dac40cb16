import { Readable } from "node:stream";
import type { Context } from "#lib/auth/context.ts";
import { fileNamePart, type OpenedDownload } from "#lib/backups/downloads/opened-download.ts";
import { requireDownload } from "#lib/backups/downloads/require-download.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { readExportPlan } from "#lib/exports/export-plan.ts";
import { exportTar } from "#lib/exports/export-tar.ts";

/**
 * Opens all archives of a system as one tar, which is made while it is read: nothing of it is kept. Throws ForbiddenError when the person may not have them.
 */
export async function openExport(request: { context: Context; systemId: string; signal: AbortSignal }): Promise<OpenedDownload> {
  const { context, systemId, signal } = request;
  const tenantId = context.tenant.id;
  const plan = await withTenant(tenantId, (db) => readExportPlan(db, systemId), { isolationLevel: "RepeatableRead" });
  requireDownload(context, { systemKind: plan.system.kind });
  const stream = Readable.from(exportTar(tenantId, plan, signal), { objectMode: false });
  return { fileName: `${fileNamePart(plan.system.name)}-${new Date().toISOString().slice(0, 10)}-backups.tar`, sizeBytes: null, stream };
}
