"use client";

import { Send } from "lucide-react";
import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { deliveryState, deliveryTriggerWords } from "#components/notifications/webhook-words.ts";
import { FilterChips } from "#components/shared/filter-chips.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { OlderButton } from "#components/shared/older-button.tsx";
import { StateMark } from "#components/shared/state-mark.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiList } from "#components/shared/use-api.ts";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Section } from "#components/ui/page-header.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { DeliveryDto, WebhookDto } from "#lib/webhooks/schemas.ts";

/** Everything that was sent to a webhook, or is to be, newest first. */
export function WebhookDeliveries({ webhook }: { webhook: WebhookDto }) {
  const status = useSearchParams().get("status");
  const list = useApiList<DeliveryDto>("/deliveries", { webhookId: webhook.id, status });
  return (
    <Section title="Deliveries" purpose="What was sent, and what the receiver made of it. Kept for 90 days.">
      <FilterChips label="State" name="status" options={states} />
      <Loaded query={list}>
        {(deliveries) =>
          deliveries.length === 0 ? (
            <EmptyState icon={Send} title={status === null ? "Nothing was sent yet" : "No delivery is in this state"} level={3}>
              Each event that this webhook is told of appears here, with every attempt.
            </EmptyState>
          ) : (
            <>
              <DeliveryTable deliveries={deliveries} />
              <OlderButton list={list} />
            </>
          )
        }
      </Loaded>
    </Section>
  );
}

const states = [
  { value: "", label: "All" },
  { value: "pending", label: "Waiting" },
  { value: "delivered", label: "Delivered" },
  { value: "failed", label: "Failed" },
  { value: "cancelled", label: "Cancelled" },
];

function DeliveryTable({ deliveries }: { deliveries: readonly DeliveryDto[] }) {
  const path = useTenantPath();
  return (
    <Table aria-label="Deliveries">
      <TableHeader>
        <TableRow>
          <TableHead>Event</TableHead>
          <TableHead>State</TableHead>
          <TableHead numeric>Attempts</TableHead>
          <TableHead>When</TableHead>
          <TableHead>Why</TableHead>
          <TableHead>Next attempt</TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {deliveries.map((delivery) => (
          <TableRow key={delivery.id}>
            <TableCell>
              <Link
                href={path(`/notifications/webhooks/${delivery.webhookId}/deliveries/${delivery.id}`)}
                className="rounded-sm font-mono text-accent hover:underline"
              >
                {delivery.eventType}
              </Link>
            </TableCell>
            <TableCell label="State">
              <StateMark {...deliveryState(delivery)} />
            </TableCell>
            <TableCell label="Attempts" numeric className="tabular-nums">
              {delivery.attempt} of {delivery.attempts}
            </TableCell>
            <TableCell label="When" className="whitespace-nowrap">
              <RelativeTime value={delivery.createdAt} />
            </TableCell>
            <TableCell label="Why" className="text-muted">
              {deliveryTriggerWords[delivery.trigger]}
            </TableCell>
            <TableCell label="Next attempt" className="text-muted">
              <RelativeTime value={delivery.nextAttemptAt} none="–" />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
