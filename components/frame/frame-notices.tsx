"use client";

import { usePathname } from "next/navigation";
import { ClockDoubt } from "#components/frame/clock-doubt.tsx";
import { DisabledWebhooks } from "#components/frame/disabled-webhooks.tsx";
import { NobodyTold } from "#components/frame/nobody-told.tsx";
import { WorkersTrouble } from "#components/frame/workers-trouble.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiQuery } from "#components/shared/use-api.ts";
import type { Notices } from "#lib/alarms/schemas.ts";

/** Live updates tell of what was done or found; that a worker is back or a channel goes on failing, nothing tells. */
const EVERY_MS = 120_000;

/** What must not be overlooked, above every page. Each goes once it is mended, and by nothing else. */
export function FrameNotices() {
  const isAtNotifications = usePathname() === useTenantPath()("/notifications");
  const { data: notices } = useApiQuery<Notices>("/notices", {}, { refetchInterval: EVERY_MS });
  if (notices === undefined) return null;
  return (
    <div className="mb-6 flex flex-col gap-2 empty:hidden print:hidden">
      <WorkersTrouble workers={notices.workers} />
      <ClockDoubt doubt={notices.clockDoubt} />
      <NobodyTold channels={notices.channels} isThere={isAtNotifications} />
      <DisabledWebhooks count={notices.disabledWebhooks} isThere={isAtNotifications} />
    </div>
  );
}
