-- The archive: signed and numbered descriptions, keys that are proven and protected anew, copies that are tried again,
-- verifications, and backups that were found in a destination.

-- AlterTable
ALTER TABLE "backup_copies" ADD COLUMN     "attempts" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "checked_at" TIMESTAMPTZ(3),
ADD COLUMN     "lease_owner" TEXT,
ADD COLUMN     "lease_until" TIMESTAMPTZ(3),
ADD COLUMN     "locked_until" TIMESTAMPTZ(3),
ADD COLUMN     "next_attempt_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "backups" ADD COLUMN     "authenticity" TEXT NOT NULL DEFAULT 'own',
ADD COLUMN     "crc32" BIGINT,
ADD COLUMN     "description" TEXT,
ADD COLUMN     "number" INTEGER,
ADD COLUMN     "origin" TEXT NOT NULL DEFAULT 'run',
ADD COLUMN     "pinned_until" TIMESTAMPTZ(3),
ADD COLUMN     "retention_held" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "source_tenant_id" TEXT,
ADD COLUMN     "verification_failure" TEXT,
ALTER COLUMN "run_id" DROP NOT NULL;

-- AlterTable
ALTER TABLE "destinations" ADD COLUMN     "instance_epoch" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "downloads" ADD COLUMN     "system_id" TEXT,
ALTER COLUMN "backup_id" DROP NOT NULL;

-- AlterTable
ALTER TABLE "file_key_grants" RENAME COLUMN "restore_id" TO "subject_id";
ALTER INDEX "file_key_grants_tenant_id_restore_id_idx" RENAME TO "file_key_grants_tenant_id_subject_id_idx";

-- AlterTable
ALTER TABLE "key_copies" DROP CONSTRAINT "key_copies_pkey",
ADD COLUMN     "failure" TEXT,
ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1,
ADD CONSTRAINT "key_copies_pkey" PRIMARY KEY ("tenant_id", "key_id", "destination_id", "version");

-- AlterTable
ALTER TABLE "keys" ADD COLUMN     "challenge" TEXT,
ADD COLUMN     "challenge_sha256" TEXT,
ADD COLUMN     "identity_taken_at" TIMESTAMPTZ(3),
ADD COLUMN     "next_protected_identity" TEXT,
ADD COLUMN     "origin" TEXT NOT NULL DEFAULT 'made',
ADD COLUMN     "protection_version" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "proven_at" TIMESTAMPTZ(3),
ADD COLUMN     "signing_public_key" TEXT;

-- AlterTable
ALTER TABLE "tenants" ADD COLUMN     "sealed_signing_key" TEXT,
ADD COLUMN     "signing_public_key" TEXT;

-- CreateTable
CREATE TABLE "verifications" (
    "tenant_id" TEXT NOT NULL DEFAULT current_tenant(),
    "id" TEXT NOT NULL,
    "backup_id" TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    "requested_by" TEXT,
    "status" TEXT NOT NULL,
    "with_key" BOOLEAN NOT NULL DEFAULT false,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 3,
    "lease_owner" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "progress" JSONB,
    "result" JSONB,
    "failure" JSONB,
    "cancel_requested_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "queued_at" TIMESTAMPTZ(3),
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "verifications_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "installation" (
    "id" TEXT NOT NULL DEFAULT 'this',
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "last_tick_at" TIMESTAMPTZ(3),
    "clock_doubt" TEXT,
    "clock_doubt_since" TIMESTAMPTZ(3),

    CONSTRAINT "installation_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "verifications_status_queued_at_idx" ON "verifications"("status", "queued_at");

-- CreateIndex
CREATE INDEX "verifications_tenant_id_backup_id_created_at_idx" ON "verifications"("tenant_id", "backup_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "verifications_tenant_id_id_key" ON "verifications"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "backup_copies_next_attempt_at_idx" ON "backup_copies"("next_attempt_at");

-- CreateIndex
CREATE INDEX "backups_status_verified_at_idx" ON "backups"("status", "verified_at");

-- AddForeignKey
ALTER TABLE "verifications" ADD CONSTRAINT "verifications_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "verifications" ADD CONSTRAINT "verifications_tenant_id_backup_id_fkey" FOREIGN KEY ("tenant_id", "backup_id") REFERENCES "backups"("tenant_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "downloads" ADD CONSTRAINT "downloads_tenant_id_system_id_fkey" FOREIGN KEY ("tenant_id", "system_id") REFERENCES "systems"("tenant_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- States and pictures that must agree.
ALTER TABLE keys ADD CONSTRAINT keys_origin_check CHECK (origin IN ('made', 'rebuilt'));
ALTER TABLE keys DROP CONSTRAINT keys_mode_material_check;
ALTER TABLE keys ADD CONSTRAINT keys_mode_material_check CHECK (
  (mode = 'passphrase' AND (recipient IS NOT NULL OR origin = 'rebuilt') AND protected_identity IS NOT NULL AND sealed_identity IS NULL)
  OR (mode = 'managed' AND ((recipient IS NOT NULL AND sealed_identity IS NOT NULL) OR origin = 'rebuilt') AND protected_identity IS NULL)
  OR (mode = 'off' AND recipient IS NULL AND protected_identity IS NULL AND sealed_identity IS NULL)
);
ALTER TABLE keys ADD CONSTRAINT keys_rebuilt_retired_check CHECK (origin = 'made' OR retired_at IS NOT NULL);
ALTER TABLE key_copies DROP CONSTRAINT key_copies_status_check;
ALTER TABLE key_copies ADD CONSTRAINT key_copies_status_check CHECK (status IN ('writing', 'stored', 'damaged', 'missing', 'deleting', 'deleted'));
ALTER TABLE backups ADD CONSTRAINT backups_origin_check CHECK (origin IN ('run', 'import', 'rebuild'));
ALTER TABLE backups ADD CONSTRAINT backups_run_check CHECK ((origin = 'run') = (run_id IS NOT NULL));
ALTER TABLE backups ADD CONSTRAINT backups_authenticity_check CHECK (authenticity IN ('own', 'signed', 'foreign'));
ALTER TABLE verifications ADD CONSTRAINT verifications_trigger_check CHECK (trigger IN ('schedule', 'person'));
ALTER TABLE verifications ADD CONSTRAINT verifications_status_check CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled'));
ALTER TABLE downloads ADD CONSTRAINT downloads_subject_check CHECK ((backup_id IS NULL) <> (system_id IS NULL));
ALTER TABLE installation ADD CONSTRAINT installation_one_check CHECK (id = 'this');

-- A key under a passphrase was proven when it was made. The owner obeys row-level security, so it is lifted for this one statement.
ALTER TABLE keys NO FORCE ROW LEVEL SECURITY;
UPDATE keys SET proven_at = created_at WHERE mode = 'passphrase';
ALTER TABLE keys FORCE ROW LEVEL SECURITY;

-- Who may see what.
ALTER TABLE verifications ENABLE ROW LEVEL SECURITY;
ALTER TABLE verifications FORCE ROW LEVEL SECURITY;
CREATE POLICY verifications_app ON verifications TO holdfast_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT, UPDATE ON verifications TO holdfast_app;
CREATE POLICY verifications_scheduler ON verifications TO holdfast_scheduler USING (true) WITH CHECK (true);
GRANT SELECT (tenant_id, id, backup_id, trigger, status, with_key, attempt, attempts, lease_owner, lease_until, cancel_requested_at, created_at, queued_at, finished_at), UPDATE (status, lease_owner, lease_until, failure, queued_at, finished_at), DELETE ON verifications TO holdfast_scheduler;
GRANT UPDATE (signing_public_key, sealed_signing_key) ON tenants TO holdfast_app;
GRANT SELECT (proven, verified_at, origin, pinned, pinned_until, size_bytes) ON backups TO holdfast_scheduler;
GRANT SELECT (verified_at, checked_at, attempts, next_attempt_at, lease_owner, lease_until) ON backup_copies TO holdfast_scheduler;
ALTER TABLE installation ENABLE ROW LEVEL SECURITY;
ALTER TABLE installation FORCE ROW LEVEL SECURITY;
CREATE POLICY installation_app ON installation TO holdfast_app USING (true) WITH CHECK (true);
GRANT SELECT (id, name, clock_doubt, clock_doubt_since), INSERT (id, name) ON installation TO holdfast_app;
CREATE POLICY installation_scheduler ON installation TO holdfast_scheduler USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (last_tick_at, clock_doubt, clock_doubt_since) ON installation TO holdfast_scheduler;
