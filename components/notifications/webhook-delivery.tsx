"use client";

import { RotateCw } from "lucide-react";
import { useRouter } from "next/navigation";
import { PageCrumb } from "#components/frame/page-crumb.tsx";
import { WebhookAttempts } from "#components/notifications/webhook-attempts.tsx";
import { deliveryState, deliveryTriggerWords } from "#components/notifications/webhook-words.ts";
import { AskButton, Can } from "#components/shared/can.tsx";
import { DetailSkeleton } from "#components/shared/detail-skeleton.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { Permitted } from "#components/shared/permitted.tsx";
import { problemSentence } from "#components/shared/problem.ts";
import { StateMark } from "#components/shared/state-mark.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiMutation, useApiQuery } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Card, CardContent } from "#components/ui/card.tsx";
import { Description, DescriptionList } from "#components/ui/description-list.tsx";
import { Mono } from "#components/ui/mono.tsx";
import { PageHeader, Section } from "#components/ui/page-header.tsx";
import { AbsoluteTime, RelativeTime } from "#components/ui/relative-time.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { DeliveryDetailDto, DeliveryDto } from "#lib/webhooks/schemas.ts";

/** One delivery: every attempt with what was answered, and what is sent. */
export function WebhookDelivery({ id }: { id: string }) {
  const query = useApiQuery<DeliveryDetailDto>(`/deliveries/${id}`);
  return (
    <Permitted permission="webhooks.read">
      <Loaded query={query} skeleton={<DetailSkeleton />}>
        {(delivery) => <Detail delivery={delivery} />}
      </Loaded>
    </Permitted>
  );
}

function Detail({ delivery }: { delivery: DeliveryDetailDto }) {
  const path = useTenantPath();
  const parent = { label: delivery.webhookName, href: path(`/notifications/webhooks/${delivery.webhookId}`) };
  return (
    <>
      <PageCrumb label={delivery.eventType} parent={parent} />
      <PageHeader
        title={<span className="font-mono">{delivery.eventType}</span>}
        purpose={`For the webhook “${delivery.webhookName}”.`}
        aside={<StateMark {...deliveryState(delivery)} />}
        action={<Redeliver delivery={delivery} />}
      />
      <Facts delivery={delivery} />
      <WebhookAttempts log={delivery.log} />
      <Section title="What is sent" purpose="The body of the call, the same at every attempt.">
        <pre className="overflow-x-auto rounded-lg border border-border bg-sunken p-4 font-mono text-sm [overflow-wrap:anywhere] whitespace-pre-wrap">
          {JSON.stringify(JSON.parse(delivery.payload), null, 2)}
        </pre>
      </Section>
    </>
  );
}

function Facts({ delivery }: { delivery: DeliveryDetailDto }) {
  return (
    <Card className="mb-10">
      <CardContent>
        <DescriptionList>
          <Description term="Why">{deliveryTriggerWords[delivery.trigger]}</Description>
          <Description term="Attempts">
            {delivery.attempt} of {delivery.attempts}
          </Description>
          {delivery.failure !== null && <Description term="What went wrong">{delivery.failure}</Description>}
          {delivery.nextAttemptAt !== null && (
            <Description term="Next attempt">
              <RelativeTime value={delivery.nextAttemptAt} />
            </Description>
          )}
          {delivery.finishedAt !== null && (
            <Description term="Ended">
              <AbsoluteTime value={delivery.finishedAt} />
            </Description>
          )}
          <Description term="webhook-id">
            <Mono value={delivery.eventId} what="webhook id" />
          </Description>
        </DescriptionList>
      </CardContent>
    </Card>
  );
}

function Redeliver({ delivery }: { delivery: DeliveryDetailDto }) {
  const path = useTenantPath();
  const router = useRouter();
  const again = useApiMutation<DeliveryDto, void>("POST", `/deliveries/${delivery.id}/redeliver`);
  if (delivery.finishedAt === null || delivery.trigger === "test") return null;
  const onSuccess = ({ id, webhookId }: DeliveryDto) => router.push(path(`/notifications/webhooks/${webhookId}/deliveries/${id}`));
  const onError = (error: unknown) => void toast.error("It was not delivered again.", { description: problemSentence(error) });
  return (
    <Can permission="webhooks.write" fallback={<AskButton permission="webhooks.write">Deliver again</AskButton>}>
      <Button variant="primary" pending={again.isPending} onClick={() => again.mutate(undefined, { onSuccess, onError })}>
        <RotateCw aria-hidden /> Deliver again
      </Button>
    </Can>
  );
}
