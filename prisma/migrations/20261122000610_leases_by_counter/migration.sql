-- A lease is dead when its counter stands still for the reaper's monotonic clock: no wall clock has a say. What a failed upload left is looked for again.

-- A restore that waits for a worker does so until the file key that was handed over dies.
ALTER TABLE "restores" RENAME COLUMN "lease_until" TO "waits_until";
ALTER INDEX "restores_status_lease_until_idx" RENAME TO "restores_status_waits_until_idx";
REVOKE UPDATE (waits_until) ON restores FROM holdfast_scheduler;

-- AlterTable
ALTER TABLE "runs" DROP COLUMN "lease_until";

-- AlterTable
ALTER TABLE "verifications" DROP COLUMN "lease_until";

-- AlterTable
ALTER TABLE "backup_copies" DROP COLUMN "lease_until",
ADD COLUMN     "look_again_at" TIMESTAMPTZ(3),
ADD COLUMN     "looks" INTEGER NOT NULL DEFAULT 0;

-- Few copies are held or looked for again at any time; each round asks for them.
CREATE INDEX backup_copies_held_idx ON backup_copies (backup_id) WHERE lease_owner IS NOT NULL;
CREATE INDEX backup_copies_look_again_idx ON backup_copies (look_again_at) WHERE look_again_at IS NOT NULL;
GRANT SELECT (look_again_at) ON backup_copies TO holdfast_scheduler;
