import type { Context } from "#lib/auth/context.ts";
import { requirePermission } from "#lib/operation.ts";

/** Throws ForbiddenError unless the person may have that archive: one of the configuration holds members and settings, which not every restorer sees. */
export function requireDownload(context: Context, { systemKind }: { systemKind: string }): void {
  requirePermission(context, "backups.download");
  if (systemKind === "tenant-configuration") requirePermission(context, "backups.downloadConfiguration");
}
