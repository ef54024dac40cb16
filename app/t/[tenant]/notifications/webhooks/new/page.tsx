import type { Metadata } from "next";
import { NewWebhook } from "#components/notifications/webhook-edit.tsx";

export const metadata: Metadata = { title: "Add a webhook" };

export default function NewWebhookPage() {
  return <NewWebhook />;
}
