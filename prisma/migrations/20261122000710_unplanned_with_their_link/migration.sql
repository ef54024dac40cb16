-- What is planned follows from policies, systems and the links between them: whoever changes those, and however, nobody has to look through all of it.

-- With its link goes what is planned of a policy and system. What is due by now is dropped by whoever settles it, who locks such rows and not the link.
CREATE FUNCTION drop_planned_runs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM runs
  WHERE tenant_id = OLD.tenant_id AND policy_id = OLD.policy_id AND system_id = OLD.system_id AND status = 'scheduled' AND due_at > clock_timestamp();
  RETURN NULL;
END $$;
CREATE TRIGGER policy_systems_unplanned AFTER DELETE ON policy_systems FOR EACH ROW EXECUTE FUNCTION drop_planned_runs();

-- A system that goes or comes back is planned anew, as a policy is.
CREATE FUNCTION plan_system_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE policy_systems SET plan_at = clock_timestamp() WHERE tenant_id = NEW.tenant_id AND system_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER systems_planned AFTER UPDATE OF deleted_at ON systems
  FOR EACH ROW WHEN (OLD.deleted_at IS DISTINCT FROM NEW.deleted_at) EXECUTE FUNCTION plan_system_anew();

-- Who may see what: a trigger acts as whoever changes. A run that has begun, or has ended, is never deleted by a tenant's transaction.
GRANT DELETE ON runs TO holdfast_app;
CREATE POLICY runs_app_delete ON runs AS RESTRICTIVE FOR DELETE TO holdfast_app USING (status = 'scheduled');
