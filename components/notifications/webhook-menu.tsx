"use client";

import { KeyRound, Pencil, Power, Trash2 } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { RotateSecret } from "#components/notifications/webhook-rotate.tsx";
import { useWebhookChanges } from "#components/notifications/webhook-changes.ts";
import { useCan } from "#components/shared/can.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { DropdownMenuItem, RowMenu } from "#components/ui/dropdown-menu.tsx";
import type { WebhookDto } from "#lib/webhooks/schemas.ts";

interface WebhookMenuProps {
  webhook: WebhookDto;
  /** As a deletion begins. */
  onDelete?: () => void;
}

/** What can be done with one webhook. Nothing for someone who may do none of it. */
export function WebhookMenu({ webhook, onDelete }: WebhookMenuProps) {
  const path = useTenantPath();
  const [rotating, setRotating] = useState(false);
  const { setEnabled, remove } = useWebhookChanges(webhook, onDelete);
  if (!useCan("webhooks.write")) return null;
  return (
    <>
      <RowMenu label={`Actions for ${webhook.name}`}>
        <DropdownMenuItem asChild>
          <Link href={path(`/notifications/webhooks/${webhook.id}/edit`)}>
            <Pencil aria-hidden /> Edit webhook
          </Link>
        </DropdownMenuItem>
        <DropdownMenuItem onSelect={() => setEnabled(!webhook.enabled)}>
          <Power aria-hidden /> {webhook.enabled ? "Switch off webhook" : "Enable webhook"}
        </DropdownMenuItem>
        <DropdownMenuItem onSelect={() => setRotating(true)}>
          <KeyRound aria-hidden /> Make a new secret
        </DropdownMenuItem>
        <DropdownMenuItem danger onSelect={remove}>
          <Trash2 aria-hidden /> Delete webhook
        </DropdownMenuItem>
      </RowMenu>
      <RotateSecret webhook={webhook} open={rotating} onOpenChange={setRotating} />
    </>
  );
}
