-- The dispatcher goes from webhook to webhook, however many deliveries wait for one; and a person waits for a test.
CREATE INDEX deliveries_pending_idx ON deliveries (tenant_id, webhook_id, next_attempt_at) WHERE status = 'pending';
CREATE INDEX deliveries_pending_tests_idx ON deliveries (next_attempt_at) WHERE status = 'pending' AND trigger = 'test';
