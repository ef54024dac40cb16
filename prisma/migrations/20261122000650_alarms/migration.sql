-- What alarms are reckoned from: since when a policy covers a system, how old it lets a backup get, and since when no worker looks for due runs.

-- AlterTable
ALTER TABLE "installation" ADD COLUMN     "worker_missing_since" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "policies" ADD COLUMN     "promise_hours" INTEGER;

-- AlterTable
ALTER TABLE "policy_systems" ADD COLUMN     "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp();

-- The promise follows from the schedule: whoever changes that, it is reckoned anew.
CREATE FUNCTION forget_promise() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.promise_hours := NULL;
  RETURN NEW;
END $$;
CREATE TRIGGER policies_promise BEFORE UPDATE OF schedule ON policies
  FOR EACH ROW WHEN (OLD.schedule IS DISTINCT FROM NEW.schedule) EXECUTE FUNCTION forget_promise();
CREATE INDEX policies_unreckoned_idx ON policies (id) WHERE promise_hours IS NULL AND enabled AND deleted_at IS NULL;

-- Who may see what.
GRANT SELECT (promise_hours), UPDATE (promise_hours) ON policies TO holdfast_scheduler;
GRANT SELECT (authenticity) ON backups TO holdfast_scheduler;
GRANT UPDATE (worker_missing_since) ON installation TO holdfast_scheduler;
GRANT SELECT (created_at, worker_missing_since) ON installation TO holdfast_app;
