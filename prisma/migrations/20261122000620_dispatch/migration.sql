-- Thousands of systems: the ledger finds what it has to plan by an index, and so do the rounds over runs that are planned, waiting and under way.

-- AlterTable
ALTER TABLE "policy_systems" ADD COLUMN     "plan_at" TIMESTAMPTZ(3) DEFAULT clock_timestamp();

-- CreateIndex
CREATE INDEX "policy_systems_plan_at_idx" ON "policy_systems"("plan_at");

-- What was planned follows from the schedule: whoever changes that, it is planned anew.
CREATE FUNCTION plan_policy_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE policy_systems SET plan_at = clock_timestamp() WHERE tenant_id = NEW.tenant_id AND policy_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER policies_planned AFTER UPDATE OF schedule, enabled, deleted_at ON policies
  FOR EACH ROW
  WHEN (OLD.schedule IS DISTINCT FROM NEW.schedule OR OLD.enabled IS DISTINCT FROM NEW.enabled OR OLD.deleted_at IS DISTINCT FROM NEW.deleted_at)
  EXECUTE FUNCTION plan_policy_anew();

-- Millions of runs are over; these are about the few that are not.
CREATE INDEX runs_planned_idx ON runs (tenant_id, policy_id, system_id, due_at) WHERE status = 'scheduled';
CREATE INDEX runs_waiting_idx ON runs (tenant_id, queued_at) WHERE status = 'queued';
CREATE INDEX runs_under_way_idx ON runs (tenant_id, system_id) WHERE status = 'running';
-- When a tenant was last served.
CREATE INDEX runs_begun_idx ON runs (tenant_id, started_at) WHERE started_at IS NOT NULL;

-- Who may see what.
GRANT UPDATE (plan_at) ON policy_systems TO holdfast_app;
GRANT UPDATE (plan_at) ON policy_systems TO holdfast_scheduler;
GRANT SELECT (started_at) ON runs TO holdfast_scheduler;
GRANT SELECT (target_system_id) ON restores TO holdfast_scheduler;
