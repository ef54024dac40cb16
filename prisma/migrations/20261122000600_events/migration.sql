-- What happened and who is told of it: events, webhooks with their deliveries, mail. Leases that count signs of life instead of trusting a clock.

-- AlterTable
ALTER TABLE "backup_copies" ADD COLUMN     "lease_beat" BIGINT NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "installation" ADD COLUMN     "last_dispatch_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "members" ADD COLUMN     "mail_types" JSONB;

-- AlterTable
ALTER TABLE "restores" ADD COLUMN     "lease_beat" BIGINT NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "runs" ADD COLUMN     "lease_beat" BIGINT NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "systems" ADD COLUMN     "overdue_since" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "verifications" ADD COLUMN     "lease_beat" BIGINT NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "workers" ADD COLUMN     "clock_ahead_ms" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "events" (
    "tenant_id" TEXT NOT NULL DEFAULT current_tenant(),
    "id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "subject_kind" TEXT,
    "subject_id" TEXT,
    "data" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "spread_at" TIMESTAMPTZ(3),

    CONSTRAINT "events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhooks" (
    "tenant_id" TEXT NOT NULL DEFAULT current_tenant(),
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "origin" TEXT NOT NULL,
    "sealed_secrets" TEXT NOT NULL,
    "types" TEXT[],
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "disabled_for" TEXT,
    "failing_since" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhooks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deliveries" (
    "tenant_id" TEXT NOT NULL DEFAULT current_tenant(),
    "id" TEXT NOT NULL,
    "webhook_id" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "trigger" TEXT NOT NULL DEFAULT 'event',
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),
    "lease_owner" TEXT,
    "lease_beat" BIGINT NOT NULL DEFAULT 0,
    "failure" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "delivery_attempts" (
    "tenant_id" TEXT NOT NULL DEFAULT current_tenant(),
    "delivery_id" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "duration_ms" INTEGER,
    "status_code" INTEGER,
    "answer" TEXT,
    "failure" TEXT,

    CONSTRAINT "delivery_attempts_pkey" PRIMARY KEY ("tenant_id","delivery_id","attempt")
);

-- CreateTable
CREATE TABLE "mails" (
    "tenant_id" TEXT NOT NULL DEFAULT current_tenant(),
    "id" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "member_id" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),
    "lease_owner" TEXT,
    "lease_beat" BIGINT NOT NULL DEFAULT 0,
    "failure" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "mails_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "events_tenant_id_created_at_idx" ON "events"("tenant_id", "created_at");

-- CreateIndex
CREATE INDEX "events_spread_at_created_at_idx" ON "events"("spread_at", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "events_tenant_id_id_key" ON "events"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "webhooks_tenant_id_id_key" ON "webhooks"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "deliveries_status_next_attempt_at_idx" ON "deliveries"("status", "next_attempt_at");

-- CreateIndex
CREATE INDEX "deliveries_tenant_id_webhook_id_created_at_idx" ON "deliveries"("tenant_id", "webhook_id", "created_at");

-- CreateIndex
CREATE INDEX "deliveries_tenant_id_event_id_idx" ON "deliveries"("tenant_id", "event_id");

-- CreateIndex
CREATE UNIQUE INDEX "deliveries_tenant_id_id_key" ON "deliveries"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "mails_status_next_attempt_at_idx" ON "mails"("status", "next_attempt_at");

-- CreateIndex
CREATE INDEX "mails_tenant_id_created_at_idx" ON "mails"("tenant_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "mails_tenant_id_id_key" ON "mails"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "mails_tenant_id_event_id_member_id_key" ON "mails"("tenant_id", "event_id", "member_id");

-- AddForeignKey
ALTER TABLE "events" ADD CONSTRAINT "events_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_tenant_id_webhook_id_fkey" FOREIGN KEY ("tenant_id", "webhook_id") REFERENCES "webhooks"("tenant_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_tenant_id_event_id_fkey" FOREIGN KEY ("tenant_id", "event_id") REFERENCES "events"("tenant_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "delivery_attempts" ADD CONSTRAINT "delivery_attempts_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "delivery_attempts" ADD CONSTRAINT "delivery_attempts_tenant_id_delivery_id_fkey" FOREIGN KEY ("tenant_id", "delivery_id") REFERENCES "deliveries"("tenant_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "mails" ADD CONSTRAINT "mails_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "mails" ADD CONSTRAINT "mails_tenant_id_event_id_fkey" FOREIGN KEY ("tenant_id", "event_id") REFERENCES "events"("tenant_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "mails" ADD CONSTRAINT "mails_tenant_id_member_id_fkey" FOREIGN KEY ("tenant_id", "member_id") REFERENCES "members"("tenant_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- States that must agree.
ALTER TABLE deliveries ADD CONSTRAINT deliveries_status_check CHECK (status IN ('pending', 'sending', 'delivered', 'failed', 'cancelled'));
ALTER TABLE deliveries ADD CONSTRAINT deliveries_trigger_check CHECK (trigger IN ('event', 'test', 'person'));
-- One delivery for each event and webhook, however often an event is spread; a person may ask for more.
CREATE UNIQUE INDEX deliveries_once_key ON deliveries (tenant_id, webhook_id, event_id) WHERE trigger = 'event';
ALTER TABLE mails ADD CONSTRAINT mails_status_check CHECK (status IN ('pending', 'sending', 'sent', 'failed', 'cancelled'));

-- Who may see what.
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
ALTER TABLE events FORCE ROW LEVEL SECURITY;
CREATE POLICY events_app ON events TO holdfast_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT, UPDATE (data, spread_at) ON events TO holdfast_app;
CREATE POLICY events_scheduler ON events TO holdfast_scheduler USING (true) WITH CHECK (true);
GRANT SELECT (tenant_id, id, type, created_at, spread_at), INSERT (tenant_id, id, type, subject_kind, subject_id, data), DELETE ON events TO holdfast_scheduler;

ALTER TABLE webhooks ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhooks FORCE ROW LEVEL SECURITY;
CREATE POLICY webhooks_app ON webhooks TO holdfast_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT, UPDATE ON webhooks TO holdfast_app;

ALTER TABLE deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE deliveries FORCE ROW LEVEL SECURITY;
CREATE POLICY deliveries_app ON deliveries TO holdfast_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT, UPDATE ON deliveries TO holdfast_app;
CREATE POLICY deliveries_scheduler ON deliveries TO holdfast_scheduler USING (true) WITH CHECK (true);
GRANT SELECT (tenant_id, id, webhook_id, status, attempt, next_attempt_at, lease_owner, lease_beat, created_at), UPDATE (status, next_attempt_at, lease_owner, failure, finished_at), DELETE ON deliveries TO holdfast_scheduler;

ALTER TABLE delivery_attempts ENABLE ROW LEVEL SECURITY;
ALTER TABLE delivery_attempts FORCE ROW LEVEL SECURITY;
CREATE POLICY delivery_attempts_app ON delivery_attempts TO holdfast_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT, UPDATE ON delivery_attempts TO holdfast_app;

ALTER TABLE mails ENABLE ROW LEVEL SECURITY;
ALTER TABLE mails FORCE ROW LEVEL SECURITY;
CREATE POLICY mails_app ON mails TO holdfast_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT, UPDATE ON mails TO holdfast_app;
CREATE POLICY mails_scheduler ON mails TO holdfast_scheduler USING (true) WITH CHECK (true);
GRANT SELECT (tenant_id, id, status, attempt, next_attempt_at, lease_owner, lease_beat, created_at), UPDATE (status, next_attempt_at, lease_owner, failure, finished_at) ON mails TO holdfast_scheduler;

GRANT UPDATE (mail_types) ON members TO holdfast_app;
GRANT SELECT (overdue_since, created_at), UPDATE (overdue_since) ON systems TO holdfast_scheduler;
GRANT SELECT (lease_beat) ON runs TO holdfast_scheduler;
GRANT SELECT (lease_beat) ON restores TO holdfast_scheduler;
GRANT SELECT (lease_beat) ON verifications TO holdfast_scheduler;
GRANT SELECT (lease_beat) ON backup_copies TO holdfast_scheduler;
GRANT UPDATE (clock_ahead_ms) ON workers TO holdfast_scheduler;
GRANT UPDATE (last_dispatch_at) ON installation TO holdfast_scheduler;
GRANT SELECT (last_dispatch_at) ON installation TO holdfast_app;
