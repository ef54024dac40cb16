"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiQuery } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import type { Channels } from "#lib/mail/schemas.ts";

/** Live updates tell of choices and webhooks; that time passes while a channel fails, nothing tells. */
const AGAIN_AFTER_MS = 120_000;

/** While a failed backup would reach nobody, says so on every page. It goes once that is mended, and by nothing else. */
export function NobodyTold() {
  const path = useTenantPath();
  const isThere = usePathname() === path("/notifications");
  const { data } = useApiQuery<Channels>("/notifications", {}, { refetchInterval: AGAIN_AFTER_MS });
  if (data === undefined || data.reachesSomebody) return null;
  return (
    <Callout
      kind="warning"
      className="mb-6"
      title="Nobody will be told when a backup fails"
      {...(!isThere && {
        action: (
          <Button asChild>
            <Link href={path("/notifications")}>Open notifications</Link>
          </Button>
        ),
      })}
    >
      {reasons[data.mail]}
    </Callout>
  );
}

const reasons: Record<Channels["mail"], string> = {
  off: "No mail server is set up, and no working webhook is told of failed backups.",
  failing: "Mail does not go out at present, and no working webhook is told of failed backups.",
  unwanted: "No member has failed backups mailed to them, and no working webhook is told of them.",
  works: "",
};
