-- Who may see what. Row-level security is enabled and forced everywhere, so the owner obeys it too.
-- holdfast_app sees one tenant at a time; the other roles see all tenants, but only the columns granted here.
-- A role without a policy on a table gets no rows and no error, so every grant below has its policy.

GRANT USAGE ON SCHEMA public TO holdfast_app, holdfast_scheduler, holdfast_identity, holdfast_operator;

-- States.
ALTER TABLE members ADD CONSTRAINT members_role_check CHECK (role IN ('viewer', 'auditor', 'operator', 'restorer', 'admin', 'owner'));
ALTER TABLE invitations ADD CONSTRAINT invitations_role_check CHECK (role IN ('viewer', 'auditor', 'operator', 'restorer', 'admin', 'owner'));
ALTER TABLE keys ADD CONSTRAINT keys_mode_check CHECK (mode IN ('passphrase', 'managed', 'off'));
ALTER TABLE key_copies ADD CONSTRAINT key_copies_status_check CHECK (status IN ('writing', 'stored'));
ALTER TABLE policies ADD CONSTRAINT policies_catch_up_check CHECK (catch_up IN ('latest', 'skip'));
ALTER TABLE runs ADD CONSTRAINT runs_trigger_check CHECK (trigger IN ('schedule', 'change', 'person', 'safety'));
ALTER TABLE runs ADD CONSTRAINT runs_status_check CHECK (status IN ('scheduled', 'queued', 'running', 'completed', 'partial', 'failed', 'cancelled', 'missed'));
ALTER TABLE backups ADD CONSTRAINT backups_status_check CHECK (status IN ('writing', 'completed', 'abandoned', 'trashed', 'deleting', 'deleted'));
ALTER TABLE backups ADD CONSTRAINT backups_trigger_check CHECK (trigger IN ('schedule', 'change', 'person', 'safety'));
ALTER TABLE backups ADD CONSTRAINT backups_proven_check CHECK (proven IN ('stored', 'intact', 'decryptable', 'valid', 'rehearsed', 'restored'));
ALTER TABLE backup_copies ADD CONSTRAINT backup_copies_status_check CHECK (status IN ('writing', 'stored', 'damaged', 'missing', 'failed', 'deleting', 'deleted'));
ALTER TABLE restores ADD CONSTRAINT restores_status_check CHECK (status IN ('planning', 'planned', 'awaitingApproval', 'approved', 'running', 'completed', 'partial', 'failed', 'rejected', 'expired', 'cancelled', 'undone'));
ALTER TABLE audit_events ADD CONSTRAINT audit_events_actor_kind_check CHECK (actor_kind IN ('member', 'system', 'operator'));

-- The pictures that must agree.
ALTER TABLE keys ADD CONSTRAINT keys_mode_material_check CHECK (
  (mode = 'passphrase' AND recipient IS NOT NULL AND protected_identity IS NOT NULL AND sealed_identity IS NULL)
  OR (mode = 'managed' AND recipient IS NOT NULL AND protected_identity IS NULL AND sealed_identity IS NOT NULL)
  OR (mode = 'off' AND recipient IS NULL AND protected_identity IS NULL AND sealed_identity IS NULL)
);
ALTER TABLE accounts ADD CONSTRAINT accounts_email_check CHECK (email = lower(email));

-- One tenant at a time.
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenants_app ON tenants TO holdfast_app USING (id = (SELECT current_tenant())) WITH CHECK (id = (SELECT current_tenant()));
GRANT SELECT, UPDATE (name, settings) ON tenants TO holdfast_app;

ALTER TABLE members ENABLE ROW LEVEL SECURITY;
ALTER TABLE members FORCE ROW LEVEL SECURITY;
CREATE POLICY members_app ON members TO holdfast_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT, UPDATE (role), DELETE ON members TO holdfast_app;

ALTER TABLE invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitations FORCE ROW LEVEL SECURITY;
CREATE POLICY invitations_app ON invitations TO holdfast_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT, UPDATE (revoked_at) ON invitations TO holdfast_app;

ALTER TABLE systems ENABLE ROW LEVEL SECURITY;
ALTER TABLE systems FORCE ROW LEVEL SECURITY;
CREATE POLICY systems_app ON systems TO holdfast_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT, UPDATE ON systems TO holdfast_app;

ALTER TABLE destinations ENABLE ROW LEVEL SECURITY;
ALTER TABLE destinations FORCE ROW LEVEL SECURITY;
CREATE POLICY destinations_app ON destinations TO holdfast_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT, UPDATE ON destinations TO holdfast_app;

ALTER TABLE policies ENABLE ROW LEVEL SECURITY;
ALTER TABLE policies FORCE ROW LEVEL SECURITY;
CREATE POLICY policies_app ON policies TO holdfast_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT, UPDATE ON policies TO holdfast_app;

ALTER TABLE policy_systems ENABLE ROW LEVEL SECURITY;
ALTER TABLE policy_systems FORCE ROW LEVEL SECURITY;
CREATE POLICY policy_systems_app ON policy_systems TO holdfast_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT, DELETE ON policy_systems TO holdfast_app;

ALTER TABLE policy_destinations ENABLE ROW LEVEL SECURITY;
ALTER TABLE policy_destinations FORCE ROW LEVEL SECURITY;
CREATE POLICY policy_destinations_app ON policy_destinations TO holdfast_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT, DELETE ON policy_destinations TO holdfast_app;

ALTER TABLE keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE keys FORCE ROW LEVEL SECURITY;
CREATE POLICY keys_app ON keys TO holdfast_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT, UPDATE ON keys TO holdfast_app;

ALTER TABLE key_copies ENABLE ROW LEVEL SECURITY;
ALTER TABLE key_copies FORCE ROW LEVEL SECURITY;
CREATE POLICY key_copies_app ON key_copies TO holdfast_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT, UPDATE ON key_copies TO holdfast_app;

ALTER TABLE runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE runs FORCE ROW LEVEL SECURITY;
CREATE POLICY runs_app ON runs TO holdfast_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT, UPDATE ON runs TO holdfast_app;

ALTER TABLE backups ENABLE ROW LEVEL SECURITY;
ALTER TABLE backups FORCE ROW LEVEL SECURITY;
CREATE POLICY backups_app ON backups TO holdfast_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT, UPDATE ON backups TO holdfast_app;

ALTER TABLE backup_copies ENABLE ROW LEVEL SECURITY;
ALTER TABLE backup_copies FORCE ROW LEVEL SECURITY;
CREATE POLICY backup_copies_app ON backup_copies TO holdfast_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT, UPDATE ON backup_copies TO holdfast_app;

ALTER TABLE restores ENABLE ROW LEVEL SECURITY;
ALTER TABLE restores FORCE ROW LEVEL SECURITY;
CREATE POLICY restores_app ON restores TO holdfast_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT, UPDATE ON restores TO holdfast_app;

ALTER TABLE file_key_grants ENABLE ROW LEVEL SECURITY;
ALTER TABLE file_key_grants FORCE ROW LEVEL SECURITY;
CREATE POLICY file_key_grants_app ON file_key_grants TO holdfast_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT, DELETE ON file_key_grants TO holdfast_app;

ALTER TABLE downloads ENABLE ROW LEVEL SECURITY;
ALTER TABLE downloads FORCE ROW LEVEL SECURITY;
CREATE POLICY downloads_app ON downloads TO holdfast_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT, UPDATE (used_at) ON downloads TO holdfast_app;

ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_events FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_events_app ON audit_events TO holdfast_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT ON audit_events TO holdfast_app;

ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY idempotency_keys_app ON idempotency_keys TO holdfast_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT, UPDATE (result_id, status) ON idempotency_keys TO holdfast_app;

-- What belongs to no tenant is guarded as well.
ALTER TABLE accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts FORCE ROW LEVEL SECURITY;
ALTER TABLE credentials ENABLE ROW LEVEL SECURITY;
ALTER TABLE credentials FORCE ROW LEVEL SECURITY;
ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
ALTER TABLE setup_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE setup_links FORCE ROW LEVEL SECURITY;
ALTER TABLE workers ENABLE ROW LEVEL SECURITY;
ALTER TABLE workers FORCE ROW LEVEL SECURITY;

-- A tenant sees the people who are its members, and may end their sessions.
CREATE POLICY accounts_app ON accounts FOR SELECT TO holdfast_app
  USING (EXISTS (SELECT 1 FROM members WHERE members.account_id = accounts.id));
GRANT SELECT (id, email, name) ON accounts TO holdfast_app;
CREATE POLICY sessions_app ON sessions TO holdfast_app
  USING (EXISTS (SELECT 1 FROM members WHERE members.account_id = sessions.account_id));
GRANT SELECT (id, account_id, revoked_at), UPDATE (revoked_at, revoked_reason) ON sessions TO holdfast_app;
CREATE POLICY workers_app ON workers FOR SELECT TO holdfast_app USING (true);
GRANT SELECT ON workers TO holdfast_app;

-- Sign-in, sessions, invitations, the tenant switcher, the first start.
CREATE POLICY accounts_identity ON accounts TO holdfast_identity USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE (name, session_version) ON accounts TO holdfast_identity;
CREATE POLICY credentials_identity ON credentials TO holdfast_identity USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON credentials TO holdfast_identity;
CREATE POLICY sessions_identity ON sessions TO holdfast_identity USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON sessions TO holdfast_identity;
CREATE POLICY setup_links_identity ON setup_links TO holdfast_identity USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE (used_at) ON setup_links TO holdfast_identity;
CREATE POLICY tenants_identity ON tenants TO holdfast_identity USING (true) WITH CHECK (true);
GRANT SELECT (id, slug, name, created_at), INSERT ON tenants TO holdfast_identity;
CREATE POLICY members_identity ON members TO holdfast_identity USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON members TO holdfast_identity;
CREATE POLICY invitations_identity ON invitations TO holdfast_identity USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (accepted_at) ON invitations TO holdfast_identity;
CREATE POLICY audit_events_identity ON audit_events TO holdfast_identity USING (true) WITH CHECK (true);
GRANT SELECT (tenant_id, sequence, hash), INSERT ON audit_events TO holdfast_identity;

-- Dispatcher, reaper, sweeper: ids, times and states; never configuration, secrets or plans.
CREATE POLICY tenants_scheduler ON tenants TO holdfast_scheduler USING (true) WITH CHECK (true);
GRANT SELECT (id) ON tenants TO holdfast_scheduler;
CREATE POLICY policies_scheduler ON policies TO holdfast_scheduler USING (true) WITH CHECK (true);
GRANT SELECT (tenant_id, id, enabled, schedule, on_change, attempts, window_minutes, catch_up, created_at, deleted_at) ON policies TO holdfast_scheduler;
CREATE POLICY policy_systems_scheduler ON policy_systems TO holdfast_scheduler USING (true) WITH CHECK (true);
GRANT SELECT ON policy_systems TO holdfast_scheduler;
CREATE POLICY policy_destinations_scheduler ON policy_destinations TO holdfast_scheduler USING (true) WITH CHECK (true);
GRANT SELECT ON policy_destinations TO holdfast_scheduler;
CREATE POLICY systems_scheduler ON systems TO holdfast_scheduler USING (true) WITH CHECK (true);
GRANT SELECT (tenant_id, id, kind, deleted_at) ON systems TO holdfast_scheduler;
CREATE POLICY runs_scheduler ON runs TO holdfast_scheduler USING (true) WITH CHECK (true);
GRANT SELECT (tenant_id, id, policy_id, system_id, trigger, occurrence, due_at, status, waiting_for, attempt, attempts, destination_ids, lease_owner, lease_until, backup_id, cancel_requested_at, created_at, queued_at, finished_at), INSERT (tenant_id, id, policy_id, system_id, trigger, occurrence, due_at, status, attempt, attempts, destination_ids), UPDATE (status, waiting_for, occurrence, due_at, lease_owner, lease_until, failure, queued_at, finished_at), DELETE ON runs TO holdfast_scheduler;
CREATE POLICY backups_scheduler ON backups TO holdfast_scheduler USING (true) WITH CHECK (true);
GRANT SELECT (tenant_id, id, system_id, run_id, attempt, status, created_at, trashed_at, deleted_at) ON backups TO holdfast_scheduler;
CREATE POLICY backup_copies_scheduler ON backup_copies TO holdfast_scheduler USING (true) WITH CHECK (true);
GRANT SELECT (tenant_id, backup_id, destination_id, status, created_at) ON backup_copies TO holdfast_scheduler;
CREATE POLICY restores_scheduler ON restores TO holdfast_scheduler USING (true) WITH CHECK (true);
GRANT SELECT (tenant_id, id, status, attempt, lease_owner, lease_until, changed_target_at, cancel_requested_at, created_at, planned_at), UPDATE (status, lease_owner, lease_until, failure, finished_at) ON restores TO holdfast_scheduler;
CREATE POLICY file_key_grants_scheduler ON file_key_grants TO holdfast_scheduler USING (true) WITH CHECK (true);
GRANT SELECT (tenant_id, id, restore_id, expires_at), DELETE ON file_key_grants TO holdfast_scheduler;
CREATE POLICY downloads_scheduler ON downloads TO holdfast_scheduler USING (true) WITH CHECK (true);
GRANT SELECT (tenant_id, id, expires_at), DELETE ON downloads TO holdfast_scheduler;
CREATE POLICY idempotency_keys_scheduler ON idempotency_keys TO holdfast_scheduler USING (true) WITH CHECK (true);
GRANT SELECT (tenant_id, created_at), DELETE ON idempotency_keys TO holdfast_scheduler;
CREATE POLICY workers_scheduler ON workers TO holdfast_scheduler USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE (heartbeat_at), DELETE ON workers TO holdfast_scheduler;

-- Counts for the operators of the installation.
CREATE POLICY tenants_operator ON tenants FOR SELECT TO holdfast_operator USING (true);
GRANT SELECT (id, slug, created_at) ON tenants TO holdfast_operator;
CREATE POLICY accounts_operator ON accounts FOR SELECT TO holdfast_operator USING (true);
GRANT SELECT (id, created_at) ON accounts TO holdfast_operator;
CREATE POLICY systems_operator ON systems FOR SELECT TO holdfast_operator USING (true);
GRANT SELECT (tenant_id, id, kind, deleted_at) ON systems TO holdfast_operator;
CREATE POLICY runs_operator ON runs FOR SELECT TO holdfast_operator USING (true);
GRANT SELECT (tenant_id, id, status, due_at, finished_at) ON runs TO holdfast_operator;
CREATE POLICY backups_operator ON backups FOR SELECT TO holdfast_operator USING (true);
GRANT SELECT (tenant_id, id, status, size_bytes, created_at) ON backups TO holdfast_operator;
CREATE POLICY workers_operator ON workers FOR SELECT TO holdfast_operator USING (true);
GRANT SELECT (id, started_at, heartbeat_at) ON workers TO holdfast_operator;

-- Which migrations are in, for the readiness check: the history table itself stays the owner's.
CREATE FUNCTION applied_migration_names() RETURNS SETOF text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$ BEGIN RETURN QUERY SELECT migration_name::text FROM public._prisma_migrations WHERE finished_at IS NOT NULL; END $$;
REVOKE ALL ON FUNCTION applied_migration_names() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION applied_migration_names() TO holdfast_operator;
