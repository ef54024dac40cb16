"use client";

import Link from "next/link";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";

/** What the page of help explains of the notices above every page; also where on that page. */
export type Explained = "workers" | "clock" | "channels";

/** Leads from a notice to what it means and what to do. */
export function NoticeLink({ about }: { about: Explained }) {
  const path = useTenantPath();
  return (
    <Link href={path(`/help#${about}`)} className="rounded-sm text-sm font-medium whitespace-nowrap underline">
      {words[about]}
    </Link>
  );
}

/** Several may stand together: each says of itself where it leads. */
const words: Record<Explained, string> = {
  workers: "About the workers",
  clock: "About the clock",
  channels: "About being told",
};
