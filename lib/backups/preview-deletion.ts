import { z } from "zod";
import { countTakenAlong } from "#lib/backups/trash-counted.ts";
import { copiesElsewhere, onlyIn } from "#lib/destinations/copies-in.ts";
import { idField } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";

export const previewDeletion = operation({
  name: "previewDeletion",
  summary: "What deleting a policy, system or destination would take along if its backups were to go too. Name one of the three.",
  http: { method: "GET", path: "/backups/deletion" },
  permission: "backups.read",
  input: z
    .object({ policyId: idField.optional(), systemId: idField.optional(), destinationId: idField.optional() })
    .refine((one) => Object.values(one).filter(Boolean).length === 1, "Name one policy, system or destination."),
  output: z.object({
    backups: z.number().describe("Backups that would go into the trash; of a destination, those that lie nowhere else."),
    copies: z.number().describe("Of a destination: copies that would be removed of backups that lie elsewhere, too."),
    staying: z.number().describe("Backups that would stay all the same: pinned, or needed by a restore."),
    lastGoodOf: z.array(z.string()).describe("Systems that would have no good backup left."),
  }),
  audit: "nothing: counts what everyone may see",
  run: async (db, _context, { policyId, systemId, destinationId }) => {
    const where = destinationId ? onlyIn(destinationId) : { ...(policyId && { policyId }), ...(systemId && { systemId }) };
    const { ids, staying, lastGoodOf } = await countTakenAlong(db, where);
    const copies = destinationId ? (await copiesElsewhere(db, destinationId)).length : 0;
    return { backups: ids.length, copies, staying, lastGoodOf };
  },
});
