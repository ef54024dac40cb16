"use client";

import { isActive } from "#components/runs/run-words.ts";
import { useApiQuery } from "#components/shared/use-api.ts";
import type { RunDto } from "#lib/runs/schemas.ts";

/** Progress is written about once a second; it is read as often, because bytes are no event. */
const EVERY_MS = 1000;

/** One run, read again while it is under way. Nothing is read for null. */
export function useRun(id: string | null) {
  return useApiQuery<RunDto>(
    `/runs/${id ?? ""}`,
    {},
    { enabled: id !== null, refetchInterval: (run) => (run === undefined || isActive(run.status) ? EVERY_MS : false) },
  );
}
