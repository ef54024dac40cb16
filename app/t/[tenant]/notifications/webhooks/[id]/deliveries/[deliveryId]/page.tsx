import type { Metadata } from "next";
import { WebhookDelivery } from "#components/notifications/webhook-delivery.tsx";

export const metadata: Metadata = { title: "Delivery" };

export default async function DeliveryPage({ params }: { params: Promise<{ deliveryId: string }> }) {
  return <WebhookDelivery id={(await params).deliveryId} />;
}
