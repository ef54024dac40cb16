import type { Context } from "#lib/auth/context.ts";
import { type Role, roleMayManage } from "#lib/auth/permissions.ts";
import type { Transaction } from "#lib/db/client.ts";
import { ConflictError, ForbiddenError } from "#lib/errors.ts";

/** Admins manage members below owner; only an owner makes, changes or removes owners. */
export function requireMayManage(context: Context, ...concerned: Role[]): void {
  if (concerned.every((role) => roleMayManage(context.actor.role, role))) return;
  throw new ForbiddenError("Only an owner may make, change or remove an owner. Ask an owner of this tenant.");
}

/** A tenant keeps at least one owner. Locks the owners, so that two of them cannot leave at once. */
export async function refuseLastOwner(db: Transaction, memberId: string): Promise<void> {
  const owners = await db.$queryRaw<{ id: string }[]>`SELECT id FROM members WHERE role = 'owner' FOR UPDATE`;
  if (owners.some((owner) => owner.id !== memberId)) return;
  throw new ConflictError("This is the only owner. Make somebody else an owner first.", "last-owner");
}

/** Whoever manages a member was judged by the role that the member had a moment ago. */
export function roleChangedMeanwhile(): ConflictError {
  return new ConflictError("This member's role changed a moment ago. Reload the page, then try again.", "role-changed");
}
