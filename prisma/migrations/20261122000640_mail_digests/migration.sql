-- Many events to one member go out in few messages: which mails are in one message, and when the next may begin.

-- AlterTable
ALTER TABLE "mails" ADD COLUMN     "digest_id" TEXT;

-- AlterTable
ALTER TABLE "members" ADD COLUMN     "mail_next_at" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "mails_tenant_id_member_id_status_created_at_idx" ON "mails"("tenant_id", "member_id", "status", "created_at");

GRANT UPDATE (mail_next_at) ON members TO holdfast_app;
GRANT SELECT (member_id) ON mails TO holdfast_scheduler;
