"use client";

import Link from "next/link";
import { WebhookMenu } from "#components/notifications/webhook-menu.tsx";
import { webhookState } from "#components/notifications/webhook-words.ts";
import { StateMark } from "#components/shared/state-mark.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Mono } from "#components/ui/mono.tsx";
import { AbsoluteTime } from "#components/ui/relative-time.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { WebhookDto } from "#lib/webhooks/schemas.ts";

/** One row a webhook. */
export function WebhookTable({ webhooks }: { webhooks: readonly WebhookDto[] }) {
  const path = useTenantPath();
  return (
    <Table aria-label="Webhooks">
      <TableHeader>
        <TableRow>
          <TableHead>Name</TableHead>
          <TableHead>State</TableHead>
          <TableHead numeric>Events</TableHead>
          <TableHead>Address</TableHead>
          <TableHead>
            <span className="sr-only">Actions</span>
          </TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {webhooks.map((webhook) => (
          <TableRow key={webhook.id}>
            <TableCell className="max-w-96 min-w-40 font-medium [overflow-wrap:anywhere]">
              <Link href={path(`/notifications/webhooks/${webhook.id}`)} className="rounded-sm text-accent hover:underline">
                {webhook.name}
              </Link>
            </TableCell>
            <TableCell label="State">
              <WebhookState webhook={webhook} />
            </TableCell>
            <TableCell label="Events" numeric className="tabular-nums">
              {webhook.types.length}
            </TableCell>
            <TableCell label="Address" className="max-w-80">
              <Mono value={`${webhook.origin}/…`} shorten={{ head: 32, tail: 12 }} />
            </TableCell>
            <TableCell menu>
              <WebhookMenu webhook={webhook} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

/** How a webhook is, with since when it fails. */
export function WebhookState({ webhook }: { webhook: WebhookDto }) {
  const { state, label } = webhookState(webhook);
  const failingSince = webhook.enabled ? webhook.failingSince : null;
  return (
    <StateMark
      state={state}
      label={
        failingSince === null ? (
          label
        ) : (
          <>
            {label} since <AbsoluteTime value={failingSince} />
          </>
        )
      }
    />
  );
}
