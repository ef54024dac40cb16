import { backupList, backupListInput } from "#lib/backups/schemas.ts";
import { toBackup, withCopies } from "#lib/backups/to-backup.ts";
import { page, pageQuery } from "#lib/http/paging.ts";
import { operation } from "#lib/operation.ts";

export const listBackups = operation({
  name: "listBackups",
  summary: "The tenant's backups, newest first.",
  http: { method: "GET", path: "/backups" },
  permission: "backups.read",
  input: backupListInput,
  output: backupList,
  audit: "nothing: a list of what everyone may see",
  run: async (db, _context, input) => {
    const { where, ...query } = pageQuery(input);
    const filters = {
      ...(input.systemId && { systemId: input.systemId }),
      ...(input.policyId && { policyId: input.policyId }),
      ...(input.keyId && { keyId: input.keyId }),
      ...(input.destinationId && { copies: { some: { destinationId: input.destinationId, status: { notIn: ["deleted", "failed"] } } } }),
      status: input.status ?? { in: ["completed", "deleting"] },
    };
    const found = page(await db.backup.findMany({ ...query, where: { ...where, ...filters }, include: withCopies }), input.limit);
    return { ...found, items: found.items.map(toBackup) };
  },
});
