-- However much one tenant has to be told, it costs the others no more than a step to the next tenant, or member.
CREATE INDEX events_unspread_idx ON events (tenant_id, created_at) WHERE spread_at IS NULL;
CREATE INDEX mails_pending_idx ON mails (tenant_id, member_id, next_attempt_at) WHERE status = 'pending';

-- When the member had a test mail sent last, whichever process sent it.

-- AlterTable
ALTER TABLE "members" ADD COLUMN     "mail_tested_at" TIMESTAMPTZ(3);

GRANT UPDATE (mail_tested_at) ON members TO holdfast_app;
