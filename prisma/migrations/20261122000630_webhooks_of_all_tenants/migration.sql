-- The dispatcher has to know which webhooks fail, so that these never take every place; the sweeper forgets the deleted ones. Neither sees an address or a secret.
CREATE POLICY webhooks_scheduler ON webhooks TO holdfast_scheduler USING (true) WITH CHECK (true);
GRANT SELECT (tenant_id, id, enabled, failing_since, deleted_at), DELETE ON webhooks TO holdfast_scheduler;
GRANT SELECT (trigger) ON deliveries TO holdfast_scheduler;
