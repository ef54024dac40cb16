"use client";

import Link from "next/link";
import { AskButton, Can } from "#components/shared/can.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";

/** While copies lie on the host alone, losing the host loses them: says so, with the one way out (UIP-13). */
export function OnlyOnThisMachine({ what }: { what: string }) {
  const path = useTenantPath();
  return (
    <Callout
      kind="warning"
      title={`${what} only on this machine`}
      action={
        <Can permission="destinations.write" fallback={<AskButton permission="destinations.write">Add a destination</AskButton>}>
          <Button asChild>
            <Link href={path("/destinations/new")}>Add a destination</Link>
          </Button>
        </Can>
      }
    >
      If this machine is lost, so are the backups. A second place, such as a bucket, keeps them.
    </Callout>
  );
}
