"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { PageCrumb } from "#components/frame/page-crumb.tsx";
import { WebhookDeliveries } from "#components/notifications/webhook-deliveries.tsx";
import { useWebhookChanges } from "#components/notifications/webhook-changes.ts";
import { WebhookMenu } from "#components/notifications/webhook-menu.tsx";
import { WebhookState } from "#components/notifications/webhook-table.tsx";
import { TestButton, TestResult, useWebhookTest } from "#components/notifications/webhook-test.tsx";
import { Can } from "#components/shared/can.tsx";
import { DetailSkeleton } from "#components/shared/detail-skeleton.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { Permitted } from "#components/shared/permitted.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiQuery } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Card, CardContent } from "#components/ui/card.tsx";
import { Description, DescriptionList } from "#components/ui/description-list.tsx";
import { Mono } from "#components/ui/mono.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { AbsoluteTime, RelativeTime } from "#components/ui/relative-time.tsx";
import type { WebhookDto } from "#lib/webhooks/schemas.ts";

/** One webhook: how it is, what it is told of, and everything that was sent to it. */
export function WebhookDetail({ id }: { id: string }) {
  const path = useTenantPath();
  const router = useRouter();
  const [isLeaving, setLeaving] = useState(false);
  const query = useApiQuery<WebhookDto>(`/webhooks/${id}`, {}, { enabled: !isLeaving });
  const leave = () => {
    setLeaving(true);
    router.push(path("/notifications"));
  };
  if (isLeaving) return <DetailSkeleton />;
  return (
    <Permitted permission="webhooks.read">
      <Loaded query={query} skeleton={<DetailSkeleton />}>
        {(webhook) => <Detail webhook={webhook} leave={leave} />}
      </Loaded>
    </Permitted>
  );
}

function Detail({ webhook, leave }: { webhook: WebhookDto; leave: () => void }) {
  const test = useWebhookTest(webhook.id);
  return (
    <>
      <PageCrumb label={webhook.name} />
      <PageHeader
        title={webhook.name}
        aside={<WebhookState webhook={webhook} />}
        action={
          <>
            <WebhookMenu webhook={webhook} onDelete={leave} />
            <TestButton test={test} />
          </>
        }
      />
      <div className="flex flex-col gap-6 pb-10">
        {test.deliveryId !== null && <TestResult deliveryId={test.deliveryId} />}
        <WhyDisabled webhook={webhook} />
        <Facts webhook={webhook} />
      </div>
      <WebhookDeliveries webhook={webhook} />
    </>
  );
}

function WhyDisabled({ webhook }: { webhook: WebhookDto }) {
  const { setEnabled, isPending } = useWebhookChanges(webhook);
  if (webhook.enabled) return null;
  const enable = (
    <Can permission="webhooks.write">
      <Button pending={isPending} onClick={() => setEnabled(true)}>
        Enable webhook
      </Button>
    </Can>
  );
  if (webhook.disabledFor === null)
    return (
      <Callout kind="warning" title="This webhook is off" action={enable}>
        It is told of nothing that happens meanwhile.
      </Callout>
    );
  return (
    <Callout kind="danger" title="This webhook was disabled" action={enable}>
      It is told of nothing: {webhook.disabledFor} Mend the receiver, send a test, then enable it again.
    </Callout>
  );
}

function Facts({ webhook }: { webhook: WebhookDto }) {
  return (
    <Card>
      <CardContent>
        <DescriptionList>
          <Description term="Address">
            <Mono value={`${webhook.origin}/…`} shorten={false} />
          </Description>
          <Description term="Told of">
            <ul className="flex flex-wrap gap-x-4 gap-y-1">
              {webhook.types.map((type) => (
                <li key={type}>
                  <Mono value={type} shorten={false} />
                </li>
              ))}
            </ul>
          </Description>
          {webhook.oldSecretUntil !== null && (
            <Description term="Secrets">
              The one before signs beside the new one until <AbsoluteTime value={webhook.oldSecretUntil} />.
            </Description>
          )}
          <Description term="Added">
            <RelativeTime value={webhook.createdAt} />
          </Description>
          <Description term="Id">
            <Mono value={webhook.id} what="webhook id" />
          </Description>
        </DescriptionList>
      </CardContent>
    </Card>
  );
}
