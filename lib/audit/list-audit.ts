import { type AuditEventDto, auditEventSchema, listAuditInput } from "#lib/audit/schemas.ts";
import { page, pageOf } from "#lib/http/paging.ts";
import { operation } from "#lib/operation.ts";

export const listAudit = operation({
  name: "listAudit",
  summary: "What was done, by whom, newest first. Append-only; each entry carries the hash of the one before.",
  http: { method: "GET", path: "/audit" },
  permission: "audit.read",
  input: listAuditInput,
  output: pageOf(auditEventSchema),
  audit: "nothing: a list of what auditors may see",
  run: async (db, _context, { limit, cursor, action, subjectId }) => {
    const before = cursor ? await db.auditEvent.findFirst({ where: { id: cursor }, select: { sequence: true } }) : null;
    const rows = await db.auditEvent.findMany({
      where: {
        ...(before ? { sequence: { lt: before.sequence } } : {}),
        ...(action ? { action } : {}),
        ...(subjectId ? { subjectId } : {}),
      },
      // The chain's own order: ids of two processes may differ by their clocks.
      orderBy: { sequence: "desc" },
      take: limit + 1,
    });
    const found = page(rows, limit);
    return { ...found, items: found.items.map(toAuditEvent) };
  },
});

type Row = Omit<AuditEventDto, "at" | "actor" | "subject" | "detail"> & {
  at: Date;
  actorKind: string;
  actorId: string | null;
  actorLabel: string;
  subjectKind: string | null;
  subjectId: string | null;
  subjectLabel: string | null;
  detail: unknown;
};

function toAuditEvent(row: Row): AuditEventDto {
  const kind = row.actorKind === "member" || row.actorKind === "operator" ? row.actorKind : "system";
  return {
    id: row.id,
    at: row.at.toISOString(),
    actor: { kind, id: row.actorId, label: row.actorLabel },
    address: row.address,
    action: row.action,
    subject: row.subjectKind === null ? null : { kind: row.subjectKind, id: row.subjectId, label: row.subjectLabel },
    detail: row.detail as Record<string, unknown>,
    previousHash: row.previousHash,
    hash: row.hash,
  };
}
