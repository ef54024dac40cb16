import { createHash } from "node:crypto";
import type { Transaction } from "#lib/db/client.ts";
import { newId } from "#lib/ids.ts";

/** What happened, without secrets. */
export interface AuditEntry {
  /** Dotted noun and past verb: "policy.created". */
  action: string;
  subjectKind?: string;
  subjectId?: string;
  subjectLabel?: string;
  detail?: Record<string, unknown>;
}

export interface AuditActor {
  kind: "member" | "system" | "operator";
  id: string | null;
  label: string;
  address: string | null;
}

/** What stands for a first entry's predecessor. */
const FIRST_PREVIOUS_HASH = "0".repeat(64);

/**
 * Appends an entry to the tenant's chain in the caller's transaction. Each entry carries the SHA-256 of its own
 * content and the hash before it, so that a later change or gap shows. Appending is one at a time per tenant.
 */
export async function appendAudit(db: Transaction, tenantId: string, actor: AuditActor, entry: AuditEntry): Promise<void> {
  await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`audit:${tenantId}`}, 0))`;
  // Prisma would ask for the id as well, which the identity role may not read.
  const [last] = await db.$queryRaw<{ sequence: bigint; hash: string }[]>`
    SELECT sequence, hash FROM audit_events WHERE tenant_id = ${tenantId} ORDER BY sequence DESC LIMIT 1`;
  const row = {
    tenantId,
    id: newId("audit"),
    sequence: (last?.sequence ?? 0n) + 1n,
    at: new Date(),
    actorKind: actor.kind,
    actorId: actor.id,
    actorLabel: actor.label,
    address: actor.address,
    action: entry.action,
    subjectKind: entry.subjectKind ?? null,
    subjectId: entry.subjectId ?? null,
    subjectLabel: entry.subjectLabel ?? null,
    detail: (entry.detail ?? {}) as object,
    previousHash: last?.hash ?? FIRST_PREVIOUS_HASH,
  };
  await db.auditEvent.createMany({ data: [{ ...row, hash: hashOf(row) }] });
}

/** SHA-256, in hex, of an entry's canonical JSON: keys sorted, times as RFC 3339, the sequence as text. */
export function hashOf(row: Record<string, unknown>): string {
  const text = JSON.stringify(canonical(row), (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
  return createHash("sha256").update(text).digest("hex");
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, canonical(inner)]));
}
