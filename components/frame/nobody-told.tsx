"use client";

import Link from "next/link";
import { NoticeLink } from "#components/frame/notice-link.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import type { Notices } from "#lib/alarms/schemas.ts";

/** Says that a failed backup would reach nobody, with the way to the page that mends it, unless that one is open. */
export function NobodyTold({ channels, isThere }: { channels: Notices["channels"]; isThere: boolean }) {
  const path = useTenantPath();
  if (channels.reachesSomebody) return null;
  return (
    <Callout
      compact
      kind="warning"
      title="Nobody will be told when a backup fails"
      action={
        <>
          <NoticeLink about="channels" />
          {!isThere && (
            <Button asChild size="sm">
              <Link href={path("/notifications")}>Open notifications</Link>
            </Button>
          )}
        </>
      }
    >
      {reasons[channels.mail]}
    </Callout>
  );
}

const reasons: Record<Notices["channels"]["mail"], string> = {
  off: "No mail server is set up, and no working webhook is told of failed backups.",
  failing: "Mail does not go out at present, and no working webhook is told of failed backups.",
  unwanted: "No member has failed backups mailed to them, and no working webhook is told of them.",
  works: "",
};
