"use client";

import { MailSection } from "#components/notifications/mail-section.tsx";
import { WebhookSection } from "#components/notifications/webhook-section.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";

/** Who is told of what happens, and by what. */
export function NotificationsScreen() {
  return (
    <>
      <PageHeader title="Notifications" purpose="What happens here reaches people by mail and other programs by webhooks." />
      <MailSection />
      <WebhookSection />
    </>
  );
}
