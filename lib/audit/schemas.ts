import { z } from "zod";
import { pageInput } from "#lib/http/paging.ts";

export const auditEventSchema = z.object({
  id: z.string(),
  at: z.string(),
  actor: z.object({ kind: z.enum(["member", "system", "operator"]), id: z.string().nullable(), label: z.string() }),
  address: z.string().nullable(),
  action: z.string(),
  subject: z.object({ kind: z.string(), id: z.string().nullable(), label: z.string().nullable() }).nullable(),
  detail: z.record(z.string(), z.unknown()),
  previousHash: z.string(),
  hash: z.string(),
});
export type AuditEventDto = z.infer<typeof auditEventSchema>;

export const listAuditInput = pageInput.extend({
  action: z.string().max(100).optional(),
  subjectId: z.string().max(64).optional(),
});
