import { type Permission, type Role, roleMay } from "#lib/auth/permissions.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import type { ClaimedRestore } from "#lib/restores/claim-restore.ts";
import { RestoreError } from "#lib/restores/restore-failure.ts";

/** What restoring a backup of that kind of system needs. */
export function permissionFor(systemKind: string): Permission {
  return systemKind === "tenant-configuration" ? "restores.configuration" : "restores.execute";
}

/**
 * Throws RestoreError unless whoever asked for the plan, or confirmed it, is still a member who may: between that moment and the worker's lies
 * time in which somebody can be removed.
 */
export async function refuseUnlessStillPermitted({ tenantId, requestedBy, executedBy, backup }: ClaimedRestore): Promise<void> {
  const email = executedBy ?? requestedBy;
  const member = await withTenant(tenantId, (db) => db.member.findFirst({ where: { account: { email } }, select: { role: true } }));
  if (member && roleMay(member.role as Role, permissionFor(backup.systemKind))) return;
  throw new RestoreError(
    "no-longer-permitted",
    `${email} may no longer restore this.`,
    "Nothing was changed. Somebody who may has to plan the restore again.",
  );
}
