import type { Role } from "#lib/auth/permissions.ts";

/** Who acts: a signed-in member of the tenant. */
export interface Actor {
  kind: "member";
  accountId: string;
  memberId: string;
  sessionId: string;
  email: string;
  name: string;
  role: Role;
}

/** What every operation runs with: who, in which tenant, from where. */
export interface Context {
  actor: Actor;
  tenant: { id: string; slug: string; name: string };
  /** The client's network address as seen by the web process, or null. */
  address: string | null;
  /** A client's own name for this request: sent twice, it is done once. */
  idempotencyKey?: string;
}
