-- What workers ask for again and again is found by an index, however many backups there are.

-- When somebody last began to verify it, whatever came of that.
ALTER TABLE "backups" ADD COLUMN     "checked_at" TIMESTAMPTZ(3);

-- The turn of the schedule that a verification stands for.
ALTER TABLE "verifications" ADD COLUMN     "turn_at" TIMESTAMPTZ(3);

-- The owner obeys row-level security, so it is lifted for these two statements.
ALTER TABLE backups NO FORCE ROW LEVEL SECURITY;
ALTER TABLE verifications NO FORCE ROW LEVEL SECURITY;
UPDATE backups SET checked_at = looked.at
FROM (SELECT tenant_id, backup_id, max(created_at) AS at FROM verifications GROUP BY tenant_id, backup_id) looked
WHERE looked.tenant_id = backups.tenant_id AND looked.backup_id = backups.id;
UPDATE verifications SET turn_at = created_at WHERE trigger = 'schedule';
ALTER TABLE backups FORCE ROW LEVEL SECURITY;
ALTER TABLE verifications FORCE ROW LEVEL SECURITY;

-- CreateIndex
CREATE INDEX "verifications_finished_at_idx" ON "verifications"("finished_at");

-- CreateIndex
CREATE INDEX "verifications_tenant_id_turn_at_idx" ON "verifications"("tenant_id", "turn_at");

-- Indexes over parts of tables and over expressions are no part of a Prisma schema.
CREATE INDEX backups_looked_at_idx ON backups (tenant_id, GREATEST(checked_at, verified_at) NULLS FIRST, id)
  WHERE status = 'completed' AND sha256 IS NOT NULL AND size_bytes IS NOT NULL;
CREATE INDEX backup_copies_leased_idx ON backup_copies (lease_until) WHERE lease_owner IS NOT NULL;
CREATE INDEX backup_copies_removal_idx ON backup_copies (next_attempt_at NULLS FIRST) WHERE status = 'deleting';
CREATE INDEX verifications_unfinished_idx ON verifications (tenant_id, backup_id) WHERE status IN ('queued', 'running');
