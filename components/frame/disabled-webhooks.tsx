"use client";

import Link from "next/link";
import { useCan } from "#components/shared/can.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";

/** Says that Holdfast has disabled webhooks by itself; to those who may see which, where they are. The page that lists them says it of each. */
export function DisabledWebhooks({ count, isThere }: { count: number; isThere: boolean }) {
  const path = useTenantPath();
  const maySee = useCan("webhooks.read");
  if (count === 0 || (isThere && maySee)) return null;
  return (
    <Callout
      compact
      kind="warning"
      title={count === 1 ? "A webhook was disabled and is told of nothing" : `${count} webhooks were disabled and are told of nothing`}
      {...(maySee && {
        action: (
          <Button asChild size="sm">
            <Link href={path("/notifications")}>Look at the webhooks</Link>
          </Button>
        ),
      })}
    >
      {count === 1 ? "Its receiver" : "Their receivers"} failed for long, or refused for good. Mend what receives, then enable{" "}
      {count === 1 ? "it" : "them"} again.
    </Callout>
  );
}
