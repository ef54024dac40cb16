import type { Metadata } from "next";
import { WebhookDetail } from "#components/notifications/webhook-detail.tsx";

export const metadata: Metadata = { title: "Webhook" };

export default async function WebhookPage({ params }: { params: Promise<{ id: string }> }) {
  return <WebhookDetail id={(await params).id} />;
}
