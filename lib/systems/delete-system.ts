import { z } from "zod";
import { requireMayTakeAlong, takeAlongFields, trashCounted } from "#lib/backups/trash-counted.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";
import { cancelPlanned } from "#lib/runs/cancel-planned.ts";
import { systemOrThrow } from "#lib/systems/get-system.ts";

export const deleteSystem = operation({
  name: "deleteSystem",
  summary: "Disconnects a system and forgets its credentials. Its backups stay where they are; policies stop backing it up.",
  http: { method: "DELETE", path: "/systems/{id}" },
  permission: "systems.delete",
  input: idInput.extend(takeAlongFields),
  output: z.object({ id: z.string(), name: z.string(), trashedBackups: z.number() }),
  audit: ({ id, name, trashedBackups }) => ({
    action: "system.deleted",
    subjectKind: "system",
    subjectId: id,
    subjectLabel: name,
    detail: { trashedBackups },
  }),
  changes: ["systems", "policies", "runs", "backups", "overview"],
  changesConfiguration: true,
  prepare: requireMayTakeAlong,
  run: async (db, _context, { id, deleteBackups }) => {
    const { name } = await systemOrThrow(db, id);
    const trashedBackups = await trashCounted(db, { systemId: id }, deleteBackups);
    await cancelPlanned(db, { systemId: id, status: { in: ["scheduled", "queued"] } }, "The system was disconnected.");
    await db.policySystem.deleteMany({ where: { systemId: id } });
    await db.run.updateMany({ where: { systemId: id, status: "running" }, data: { cancelRequestedAt: new Date() } });
    await db.system.updateMany({ where: { id }, data: { deletedAt: new Date(), sealedSecrets: null } });
    return { id, name, trashedBackups };
  },
});
