-- What had come due before its policy was edited or paused was wanted, and is not lost; what had not is wanted no more. That is decided when the policy
-- changes, by the database's clock: later, nobody could tell one from the other.

-- AlterTable
ALTER TABLE "policies" ADD COLUMN     "schedule_since" TIMESTAMPTZ(3);

CREATE FUNCTION note_schedule_since() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.schedule_since := clock_timestamp();
  RETURN NEW;
END $$;
CREATE TRIGGER policies_since BEFORE UPDATE OF schedule, enabled, deleted_at ON policies
  FOR EACH ROW
  WHEN (OLD.schedule IS DISTINCT FROM NEW.schedule OR OLD.enabled IS DISTINCT FROM NEW.enabled OR OLD.deleted_at IS DISTINCT FROM NEW.deleted_at)
  EXECUTE FUNCTION note_schedule_since();

-- After the links were locked, as the ledger does it, too: it plans the pairs of this policy before, or not until this change is there to see.
CREATE OR REPLACE FUNCTION plan_policy_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE policy_systems SET plan_at = clock_timestamp() WHERE tenant_id = NEW.tenant_id AND policy_id = NEW.id;
  DELETE FROM runs WHERE tenant_id = NEW.tenant_id AND policy_id = NEW.id AND status = 'scheduled' AND trigger = 'schedule' AND due_at > NEW.schedule_since;
  RETURN NULL;
END $$;

GRANT SELECT (schedule_since) ON policies TO holdfast_scheduler;
