"use client";

import { Send } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { AskButton, Can } from "#components/shared/can.tsx";
import { problemSentence } from "#components/shared/problem.ts";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiMutation, useApiQuery } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { DeliveryDetailDto, DeliveryDto } from "#lib/webhooks/schemas.ts";

/** Live updates tell of it too; this is for when they are held up. */
const LOOK_EVERY_MS = 1000;

/** Sends a test and follows it: the button, and the test that was sent last. */
export function useWebhookTest(webhookId: string) {
  const [deliveryId, setDeliveryId] = useState<string | null>(null);
  const test = useApiMutation<DeliveryDto, void>("POST", `/webhooks/${webhookId}/test`);
  const onError = (error: unknown) => void toast.error("No test was sent.", { description: problemSentence(error) });
  const send = () => test.mutate(undefined, { onSuccess: ({ id }) => setDeliveryId(id), onError });
  return { send, isPending: test.isPending, deliveryId };
}

export function TestButton({ test }: { test: ReturnType<typeof useWebhookTest> }) {
  return (
    <Can permission="webhooks.write" fallback={<AskButton permission="webhooks.write">Send a test</AskButton>}>
      <Button variant="primary" pending={test.isPending} onClick={test.send}>
        <Send aria-hidden /> Send a test
      </Button>
    </Can>
  );
}

/** What became of the test, as soon as it is known. */
export function TestResult({ deliveryId }: { deliveryId: string }) {
  const path = useTenantPath();
  const query = useApiQuery<DeliveryDetailDto>(
    `/deliveries/${deliveryId}`,
    {},
    {
      refetchInterval: (delivery) => (delivery?.finishedAt ? false : LOOK_EVERY_MS),
    },
  );
  const delivery = query.data;
  const last = delivery?.log.at(-1);
  if (!delivery || delivery.finishedAt === null) {
    return (
      <Callout kind="info" role="status" title="The test is on its way">
        What the receiver answers appears here.
      </Callout>
    );
  }
  const link = (
    <Button asChild>
      <Link href={path(`/notifications/webhooks/${delivery.webhookId}/deliveries/${delivery.id}`)}>Show the call</Link>
    </Button>
  );
  if (delivery.status === "delivered") {
    return (
      <Callout kind="success" role="status" title="The test arrived" action={link}>
        The receiver answered {last?.statusCode} after {last?.durationMs} ms.
      </Callout>
    );
  }
  return (
    <Callout kind="danger" role="alert" title="The test did not arrive" action={link}>
      {delivery.failure}
    </Callout>
  );
}
