-- The tenant of the present transaction. Raises rather than answering null, so that code which forgot to
-- name a tenant fails instead of seeing nothing.
CREATE FUNCTION current_tenant() RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  tenant text := current_setting('app.tenant_id', true);
BEGIN
  IF tenant IS NULL OR tenant = '' THEN
    RAISE EXCEPTION 'this transaction names no tenant' USING ERRCODE = '42501';
  END IF;
  RETURN tenant;
END
$$;

-- CreateTable
CREATE TABLE "tenants" (
    "id" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "wrapped_data_key" TEXT NOT NULL,
    "settings" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "tenants_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "accounts" (
    "id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "session_version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "credentials" (
    "account_id" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "managing_tenant_id" TEXT,
    "failed_attempts" INTEGER NOT NULL DEFAULT 0,
    "locked_until" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "credentials_pkey" PRIMARY KEY ("account_id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_reason" TEXT,
    "address" TEXT,
    "user_agent" TEXT,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "setup_links" (
    "id" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "setup_links_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "members" (
    "tenant_id" TEXT NOT NULL DEFAULT current_tenant(),
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "members_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "invitations" (
    "tenant_id" TEXT NOT NULL DEFAULT current_tenant(),
    "id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "invited_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "accepted_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "invitations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "systems" (
    "tenant_id" TEXT NOT NULL DEFAULT current_tenant(),
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "config" JSONB NOT NULL,
    "sealed_secrets" TEXT,
    "system_version" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "systems_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "destinations" (
    "tenant_id" TEXT NOT NULL DEFAULT current_tenant(),
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "config" JSONB NOT NULL,
    "sealed_secrets" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "destinations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "policies" (
    "tenant_id" TEXT NOT NULL DEFAULT current_tenant(),
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "schedule" JSONB NOT NULL,
    "on_change" BOOLEAN NOT NULL DEFAULT false,
    "retention" JSONB NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 3,
    "window_minutes" INTEGER NOT NULL DEFAULT 60,
    "catch_up" TEXT NOT NULL DEFAULT 'latest',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "policies_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "policy_systems" (
    "tenant_id" TEXT NOT NULL DEFAULT current_tenant(),
    "policy_id" TEXT NOT NULL,
    "system_id" TEXT NOT NULL,

    CONSTRAINT "policy_systems_pkey" PRIMARY KEY ("tenant_id","policy_id","system_id")
);

-- CreateTable
CREATE TABLE "policy_destinations" (
    "tenant_id" TEXT NOT NULL DEFAULT current_tenant(),
    "policy_id" TEXT NOT NULL,
    "destination_id" TEXT NOT NULL,

    CONSTRAINT "policy_destinations_pkey" PRIMARY KEY ("tenant_id","policy_id","destination_id")
);

-- CreateTable
CREATE TABLE "keys" (
    "tenant_id" TEXT NOT NULL DEFAULT current_tenant(),
    "id" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "recipient" TEXT,
    "protected_identity" TEXT,
    "sealed_identity" TEXT,
    "hint" TEXT,
    "recovery_recipients" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "key_copies" (
    "tenant_id" TEXT NOT NULL DEFAULT current_tenant(),
    "key_id" TEXT NOT NULL,
    "destination_id" TEXT NOT NULL,
    "object_key" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "key_copies_pkey" PRIMARY KEY ("tenant_id","key_id","destination_id")
);

-- CreateTable
CREATE TABLE "runs" (
    "tenant_id" TEXT NOT NULL DEFAULT current_tenant(),
    "id" TEXT NOT NULL,
    "policy_id" TEXT,
    "system_id" TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    "occurrence" TEXT,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "status" TEXT NOT NULL,
    "waiting_for" TEXT,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 3,
    "destination_ids" TEXT[],
    "lease_owner" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "progress" JSONB,
    "failure" JSONB,
    "backup_id" TEXT,
    "requested_by" TEXT,
    "cancel_requested_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "queued_at" TIMESTAMPTZ(3),
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "runs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "backups" (
    "tenant_id" TEXT NOT NULL DEFAULT current_tenant(),
    "id" TEXT NOT NULL,
    "system_id" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "policy_id" TEXT,
    "attempt" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "size_bytes" BIGINT,
    "plaintext_bytes" BIGINT,
    "entry_count" INTEGER,
    "sha256" TEXT,
    "age_header" BYTEA,
    "format_version" INTEGER NOT NULL,
    "system_kind" TEXT NOT NULL,
    "system_name" TEXT NOT NULL,
    "system_version" TEXT,
    "product_version" TEXT NOT NULL,
    "includes_secrets" BOOLEAN NOT NULL DEFAULT false,
    "not_in_backup" TEXT[],
    "proven" TEXT NOT NULL DEFAULT 'stored',
    "verified_at" TIMESTAMPTZ(3),
    "pinned" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "trashed_at" TIMESTAMPTZ(3),
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "backups_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "backup_copies" (
    "tenant_id" TEXT NOT NULL DEFAULT current_tenant(),
    "backup_id" TEXT NOT NULL,
    "destination_id" TEXT NOT NULL,
    "object_key" TEXT NOT NULL,
    "description_key" TEXT NOT NULL,
    "upload_id" TEXT,
    "status" TEXT NOT NULL,
    "failure" TEXT,
    "verified_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "backup_copies_pkey" PRIMARY KEY ("tenant_id","backup_id","destination_id")
);

-- CreateTable
CREATE TABLE "restores" (
    "tenant_id" TEXT NOT NULL DEFAULT current_tenant(),
    "id" TEXT NOT NULL,
    "backup_id" TEXT NOT NULL,
    "target_system_id" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "parts" TEXT[],
    "plan" JSONB,
    "plan_hash" TEXT,
    "report" JSONB,
    "failure" JSONB,
    "progress" JSONB,
    "safety_backup_id" TEXT,
    "requested_by" TEXT NOT NULL,
    "executed_by" TEXT,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "lease_owner" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "changed_target_at" TIMESTAMPTZ(3),
    "cancel_requested_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "planned_at" TIMESTAMPTZ(3),
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "restores_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "file_key_grants" (
    "tenant_id" TEXT NOT NULL DEFAULT current_tenant(),
    "id" TEXT NOT NULL,
    "restore_id" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "file_key_grants_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "downloads" (
    "tenant_id" TEXT NOT NULL DEFAULT current_tenant(),
    "id" TEXT NOT NULL,
    "backup_id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "downloads_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_events" (
    "tenant_id" TEXT NOT NULL DEFAULT current_tenant(),
    "id" TEXT NOT NULL,
    "sequence" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "actor_kind" TEXT NOT NULL,
    "actor_id" TEXT,
    "actor_label" TEXT NOT NULL,
    "address" TEXT,
    "action" TEXT NOT NULL,
    "subject_kind" TEXT,
    "subject_id" TEXT,
    "subject_label" TEXT,
    "detail" JSONB NOT NULL DEFAULT '{}',
    "previous_hash" TEXT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "tenant_id" TEXT NOT NULL DEFAULT current_tenant(),
    "member_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "result_id" TEXT,
    "status" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("tenant_id","member_id","key")
);

-- CreateTable
CREATE TABLE "workers" (
    "id" TEXT NOT NULL,
    "recipient" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "heartbeat_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "workers_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "tenants_slug_key" ON "tenants"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "accounts_email_key" ON "accounts"("email");

-- CreateIndex
CREATE INDEX "sessions_account_id_idx" ON "sessions"("account_id");

-- CreateIndex
CREATE UNIQUE INDEX "setup_links_token_hash_key" ON "setup_links"("token_hash");

-- CreateIndex
CREATE INDEX "members_account_id_idx" ON "members"("account_id");

-- CreateIndex
CREATE UNIQUE INDEX "members_tenant_id_id_key" ON "members"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "members_tenant_id_account_id_key" ON "members"("tenant_id", "account_id");

-- CreateIndex
CREATE UNIQUE INDEX "invitations_token_hash_key" ON "invitations"("token_hash");

-- CreateIndex
CREATE UNIQUE INDEX "invitations_tenant_id_id_key" ON "invitations"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "systems_tenant_id_id_key" ON "systems"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "destinations_tenant_id_id_key" ON "destinations"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "policies_tenant_id_id_key" ON "policies"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "policy_systems_tenant_id_system_id_idx" ON "policy_systems"("tenant_id", "system_id");

-- CreateIndex
CREATE INDEX "policy_destinations_tenant_id_destination_id_idx" ON "policy_destinations"("tenant_id", "destination_id");

-- CreateIndex
CREATE UNIQUE INDEX "keys_tenant_id_id_key" ON "keys"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "key_copies_tenant_id_destination_id_idx" ON "key_copies"("tenant_id", "destination_id");

-- CreateIndex
CREATE INDEX "runs_tenant_id_system_id_due_at_idx" ON "runs"("tenant_id", "system_id", "due_at");

-- CreateIndex
CREATE INDEX "runs_status_due_at_idx" ON "runs"("status", "due_at");

-- CreateIndex
CREATE UNIQUE INDEX "runs_tenant_id_id_key" ON "runs"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "runs_tenant_id_policy_id_system_id_occurrence_key" ON "runs"("tenant_id", "policy_id", "system_id", "occurrence");

-- CreateIndex
CREATE INDEX "backups_tenant_id_system_id_created_at_idx" ON "backups"("tenant_id", "system_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "backups_tenant_id_id_key" ON "backups"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "backups_tenant_id_run_id_attempt_key" ON "backups"("tenant_id", "run_id", "attempt");

-- CreateIndex
CREATE INDEX "backup_copies_tenant_id_destination_id_idx" ON "backup_copies"("tenant_id", "destination_id");

-- CreateIndex
CREATE INDEX "restores_status_lease_until_idx" ON "restores"("status", "lease_until");

-- CreateIndex
CREATE UNIQUE INDEX "restores_tenant_id_id_key" ON "restores"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "file_key_grants_tenant_id_restore_id_idx" ON "file_key_grants"("tenant_id", "restore_id");

-- CreateIndex
CREATE UNIQUE INDEX "file_key_grants_tenant_id_id_key" ON "file_key_grants"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "downloads_token_hash_key" ON "downloads"("token_hash");

-- CreateIndex
CREATE UNIQUE INDEX "downloads_tenant_id_id_key" ON "downloads"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "audit_events_tenant_id_id_key" ON "audit_events"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "audit_events_tenant_id_sequence_key" ON "audit_events"("tenant_id", "sequence");

-- AddForeignKey
ALTER TABLE "credentials" ADD CONSTRAINT "credentials_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "credentials" ADD CONSTRAINT "credentials_managing_tenant_id_fkey" FOREIGN KEY ("managing_tenant_id") REFERENCES "tenants"("id") ON DELETE SET NULL ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "members" ADD CONSTRAINT "members_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "members" ADD CONSTRAINT "members_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "systems" ADD CONSTRAINT "systems_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "destinations" ADD CONSTRAINT "destinations_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "policies" ADD CONSTRAINT "policies_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "policy_systems" ADD CONSTRAINT "policy_systems_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "policy_systems" ADD CONSTRAINT "policy_systems_tenant_id_policy_id_fkey" FOREIGN KEY ("tenant_id", "policy_id") REFERENCES "policies"("tenant_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "policy_systems" ADD CONSTRAINT "policy_systems_tenant_id_system_id_fkey" FOREIGN KEY ("tenant_id", "system_id") REFERENCES "systems"("tenant_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "policy_destinations" ADD CONSTRAINT "policy_destinations_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "policy_destinations" ADD CONSTRAINT "policy_destinations_tenant_id_policy_id_fkey" FOREIGN KEY ("tenant_id", "policy_id") REFERENCES "policies"("tenant_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "policy_destinations" ADD CONSTRAINT "policy_destinations_tenant_id_destination_id_fkey" FOREIGN KEY ("tenant_id", "destination_id") REFERENCES "destinations"("tenant_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "keys" ADD CONSTRAINT "keys_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "key_copies" ADD CONSTRAINT "key_copies_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "key_copies" ADD CONSTRAINT "key_copies_tenant_id_key_id_fkey" FOREIGN KEY ("tenant_id", "key_id") REFERENCES "keys"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "key_copies" ADD CONSTRAINT "key_copies_tenant_id_destination_id_fkey" FOREIGN KEY ("tenant_id", "destination_id") REFERENCES "destinations"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "runs" ADD CONSTRAINT "runs_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "runs" ADD CONSTRAINT "runs_tenant_id_policy_id_fkey" FOREIGN KEY ("tenant_id", "policy_id") REFERENCES "policies"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "runs" ADD CONSTRAINT "runs_tenant_id_system_id_fkey" FOREIGN KEY ("tenant_id", "system_id") REFERENCES "systems"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "backups" ADD CONSTRAINT "backups_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "backups" ADD CONSTRAINT "backups_tenant_id_system_id_fkey" FOREIGN KEY ("tenant_id", "system_id") REFERENCES "systems"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "backups" ADD CONSTRAINT "backups_tenant_id_run_id_fkey" FOREIGN KEY ("tenant_id", "run_id") REFERENCES "runs"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "backups" ADD CONSTRAINT "backups_tenant_id_key_id_fkey" FOREIGN KEY ("tenant_id", "key_id") REFERENCES "keys"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "backup_copies" ADD CONSTRAINT "backup_copies_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "backup_copies" ADD CONSTRAINT "backup_copies_tenant_id_backup_id_fkey" FOREIGN KEY ("tenant_id", "backup_id") REFERENCES "backups"("tenant_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "backup_copies" ADD CONSTRAINT "backup_copies_tenant_id_destination_id_fkey" FOREIGN KEY ("tenant_id", "destination_id") REFERENCES "destinations"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "restores" ADD CONSTRAINT "restores_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "restores" ADD CONSTRAINT "restores_tenant_id_backup_id_fkey" FOREIGN KEY ("tenant_id", "backup_id") REFERENCES "backups"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "restores" ADD CONSTRAINT "restores_tenant_id_target_system_id_fkey" FOREIGN KEY ("tenant_id", "target_system_id") REFERENCES "systems"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "file_key_grants" ADD CONSTRAINT "file_key_grants_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "downloads" ADD CONSTRAINT "downloads_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "downloads" ADD CONSTRAINT "downloads_tenant_id_backup_id_fkey" FOREIGN KEY ("tenant_id", "backup_id") REFERENCES "backups"("tenant_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "audit_events" ADD CONSTRAINT "audit_events_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE RESTRICT;
