"use client";

import { Callout } from "#components/ui/callout.tsx";
import type { Overview } from "#lib/runs/schemas.ts";

/** Says that no backups are being made, or that a worker takes no work: web looks for itself, since a dead worker tells of nothing. */
export function WorkersTrouble({ workers: { trouble, wrongClocks } }: { workers: Overview["workers"] }) {
  return (
    <>
      {trouble !== null && (
        <Callout kind="danger" title={trouble.kind === "missing" ? "Backups are not being made" : "Backups do not begin in time"}>
          {trouble.message}
        </Callout>
      )}
      {wrongClocks.map((sentence) => (
        <Callout key={sentence} kind="warning" title="A worker’s clock is wrong">
          {sentence}
        </Callout>
      ))}
    </>
  );
}
