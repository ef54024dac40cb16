import type { MarkedState } from "#components/shared/state-mark.tsx";
import { eventTypes } from "#lib/events/event-types.ts";
import { type DeliveryDto, type WebhookDto, webhookTypes } from "#lib/webhooks/schemas.ts";

/** How a webhook is, as a mark and in words. */
export function webhookState({ enabled, disabledFor, failingSince }: Pick<WebhookDto, "enabled" | "disabledFor" | "failingSince">): {
  state: MarkedState;
  label: string;
} {
  if (!enabled) return disabledFor === null ? { state: "cancelled", label: "Off" } : { state: "failed", label: "Disabled" };
  return failingSince === null ? { state: "completed", label: "On" } : { state: "partial", label: "Failing" };
}

/** How a delivery is. A failure that is tried again is no end. */
export function deliveryState({ status, attempt }: Pick<DeliveryDto, "status" | "attempt">): { state: MarkedState; label: string } {
  if (status === "pending") return attempt === 0 ? { state: "queued", label: "Waiting" } : { state: "partial", label: "To be tried again" };
  return {
    sending: { state: "running" as const, label: "Sending" },
    delivered: { state: "completed" as const, label: "Delivered" },
    failed: { state: "failed" as const, label: "Failed" },
    cancelled: { state: "cancelled" as const, label: "Cancelled" },
  }[status];
}

export const deliveryTriggerWords: Record<DeliveryDto["trigger"], string> = {
  event: "Event",
  test: "Test",
  person: "Delivered again",
};

type WebhookType = (typeof webhookTypes)[number];

/** The events to choose from, in groups; one of a noun without a group of its own stands among the others. */
export const typeGroups: readonly { title: string; types: readonly WebhookType[] }[] = [
  { title: "Runs and systems", types: ofNouns("run", "system") },
  { title: "Backups and keys", types: ofNouns("backup", "key") },
  { title: "Restores", types: ofNouns("restore") },
  { title: "Holdfast itself", types: webhookTypes.filter((type) => !["run", "system", "backup", "key", "restore"].includes(nounOf(type))) },
];

/** What a new webhook is told of unless somebody chooses otherwise. */
export const failureTypes: readonly WebhookType[] = webhookTypes.filter((type) => eventTypes[type].isFailure);

function ofNouns(...nouns: string[]): WebhookType[] {
  return webhookTypes.filter((type) => nouns.includes(nounOf(type)));
}

function nounOf(type: string): string {
  return type.split(".")[0] ?? "";
}
