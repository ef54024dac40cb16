"use client";

import { NoticeLink } from "#components/frame/notice-link.tsx";
import { Callout } from "#components/ui/callout.tsx";
import type { Notices } from "#lib/alarms/schemas.ts";

/** Says that no backups are being made, or that a worker takes no work: web looks for itself, since a dead worker tells of nothing. */
export function WorkersTrouble({ workers: { trouble, wrongClocks } }: { workers: Notices["workers"] }) {
  return (
    <>
      {trouble !== null && (
        <Callout
          compact
          kind="danger"
          title={trouble.kind === "missing" ? "Backups are not being made" : "Backups do not begin in time"}
          action={<NoticeLink about="workers" />}
        >
          {trouble.message}
        </Callout>
      )}
      {wrongClocks.map((sentence) => (
        <Callout key={sentence} compact kind="warning" title="A worker’s clock is wrong" action={<NoticeLink about="workers" />}>
          {sentence}
        </Callout>
      ))}
    </>
  );
}
