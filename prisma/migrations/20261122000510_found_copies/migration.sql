-- A copy that a rebuild found is as good as its name, until somebody reads its bytes: no other copy is given up for its sake before.
ALTER TABLE "backup_copies" ADD COLUMN "is_found" BOOLEAN NOT NULL DEFAULT false;
UPDATE "backup_copies" copy SET "is_found" = true FROM "backups" backup
WHERE backup.tenant_id = copy.tenant_id AND backup.id = copy.backup_id AND backup.origin = 'rebuild' AND copy.verified_at IS NULL;
