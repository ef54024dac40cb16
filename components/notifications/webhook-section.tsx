"use client";

import { Plus, Webhook } from "lucide-react";
import Link from "next/link";
import { WebhookTable } from "#components/notifications/webhook-table.tsx";
import { AskButton, Can } from "#components/shared/can.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { OlderButton } from "#components/shared/older-button.tsx";
import { Permitted } from "#components/shared/permitted.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiList } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Section } from "#components/ui/page-header.tsx";
import { SkeletonRows } from "#components/ui/skeleton.tsx";
import type { WebhookDto } from "#lib/webhooks/schemas.ts";

/** The tenant's webhooks, as a part of the page of notifications. */
export function WebhookSection() {
  return (
    <Section title="Webhooks" purpose="Other programs that are told of events, by signed HTTP calls." action={<AddWebhook />}>
      <Permitted permission="webhooks.read">
        <Webhooks />
      </Permitted>
    </Section>
  );
}

function Webhooks() {
  const list = useApiList<WebhookDto>("/webhooks");
  return (
    <Loaded query={list} skeleton={<SkeletonRows rows={3} />}>
      {(webhooks) =>
        webhooks.length === 0 ? (
          <EmptyState icon={Webhook} title="No webhooks yet" level={3}>
            Each address that is told of events appears here, with whether it answers.
          </EmptyState>
        ) : (
          <div className="flex flex-col gap-4">
            <Disabled webhooks={webhooks} />
            <WebhookTable webhooks={webhooks} />
            <OlderButton list={list} />
          </div>
        )
      }
    </Loaded>
  );
}

/** What Holdfast disabled by itself is told of by nothing else that hangs on it. */
function Disabled({ webhooks }: { webhooks: readonly WebhookDto[] }) {
  const path = useTenantPath();
  return webhooks
    .filter(({ enabled, disabledFor }) => !enabled && disabledFor !== null)
    .map(({ id, name, disabledFor }) => (
      <Callout
        key={id}
        kind="danger"
        title={`“${name}” is told of nothing`}
        action={
          <Button asChild>
            <Link href={path(`/notifications/webhooks/${id}`)}>Look into it</Link>
          </Button>
        }
      >
        It was disabled: {disabledFor} Mend the receiver, then enable the webhook again.
      </Callout>
    ));
}

function AddWebhook() {
  const path = useTenantPath();
  return (
    <Can permission="webhooks.write" fallback={<AskButton permission="webhooks.write">Add a webhook</AskButton>}>
      <Button asChild>
        <Link href={path("/notifications/webhooks/new")}>
          <Plus aria-hidden /> Add a webhook
        </Link>
      </Button>
    </Can>
  );
}
