import { z } from "zod";
import { otherCount, requireMayTakeAlong, takeAlongFields, trashCounted } from "#lib/backups/trash-counted.ts";
import type { Transaction } from "#lib/db/client.ts";
import { copiesElsewhere, onlyIn } from "#lib/destinations/copies-in.ts";
import { destinationOrThrow } from "#lib/destinations/get-destination.ts";
import { lockDestinations } from "#lib/destinations/lock-destinations.ts";
import { ConflictError } from "#lib/errors.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";

export const deleteDestination = operation({
  name: "deleteDestination",
  summary: "Stops writing to a destination. Backups that lie there stay there, listed and readable, unless they are asked for by number.",
  http: { method: "DELETE", path: "/destinations/{id}" },
  permission: "destinations.delete",
  input: idInput.extend({
    ...takeAlongFields,
    deleteCopies: z.int().min(0).optional().describe("With deleteBackups: how many copies go whose backups lie elsewhere, too."),
  }),
  output: z.object({ id: z.string(), name: z.string(), trashedBackups: z.number(), deletedCopies: z.number() }),
  audit: ({ id, name, trashedBackups, deletedCopies }) => ({
    action: "destination.deleted",
    subjectKind: "destination",
    subjectId: id,
    subjectLabel: name,
    detail: { trashedBackups, deletedCopies },
  }),
  changes: ["destinations", "policies", "backups", "overview"],
  changesConfiguration: true,
  prepare: requireMayTakeAlong,
  run: async (db, _context, { id, deleteBackups, deleteCopies }) => {
    await lockDestinations(db);
    const { name } = await destinationOrThrow(db, id);
    await refuseLastOfPolicy(db, id);
    const deletedCopies = deleteBackups === undefined ? 0 : await giveUpCopies(db, id, deleteCopies ?? 0);
    const trashedBackups = await trashCounted(db, onlyIn(id), deleteBackups);
    await db.policyDestination.deleteMany({ where: { destinationId: id } });
    await db.destination.updateMany({ where: { id }, data: { deletedAt: new Date() } });
    await stopCopying(db, id);
    return { id, name, trashedBackups, deletedCopies };
  },
});

/** Copies of backups that are whole elsewhere; the sweeper removes them. Those that lie only here go through the trash. */
async function giveUpCopies(db: Transaction, destinationId: string, expected: number): Promise<number> {
  const ids = await copiesElsewhere(db, destinationId);
  if (ids.length !== expected) throw otherCount("copies would be removed", ids.length, expected, { deleteCopies: ids.length });
  return db.$executeRaw`
    UPDATE backup_copies SET status = 'deleting', attempts = 0, next_attempt_at = NULL
    WHERE destination_id = ${destinationId} AND backup_id = ANY(${ids}::text[]) AND status NOT IN ('deleted', 'failed')`;
}

/** Nothing new is stored there; what is being removed goes on. */
async function stopCopying(db: Transaction, destinationId: string): Promise<void> {
  const where = { destinationId, status: { not: "deleting" }, nextAttemptAt: { not: null } };
  await db.backupCopy.updateMany({ where, data: { nextAttemptAt: null } });
}

/** A policy without a destination would fail every night. */
async function refuseLastOfPolicy(db: Transaction, destinationId: string): Promise<void> {
  const policies = await db.policy.findMany({
    where: { deletedAt: null, destinations: { some: { destinationId } } },
    select: { name: true, destinations: { select: { destinationId: true } } },
  });
  const names = policies.filter((policy) => policy.destinations.length === 1).map((policy) => `“${policy.name}”`);
  if (names.length === 0) return;
  throw new ConflictError(
    `It is the only destination of ${names.join(", ")}. Give ${names.length === 1 ? "that policy" : "those policies"} another one first.`,
    "last-destination",
  );
}
