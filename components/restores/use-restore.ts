"use client";

import { isAtWork } from "#components/restores/restore-words.ts";
import { useApiQuery } from "#components/shared/use-api.ts";
import type { RestoreDto } from "#lib/restores/schemas.ts";

const EVERY_MS = 1500;

/** One restore, read again while a worker is at it. */
export function useRestore(id: string) {
  return useApiQuery<RestoreDto>(`/restores/${id}`, {}, { refetchInterval: (restore) => (isPolled(restore) ? EVERY_MS : false) });
}

function isPolled(restore: RestoreDto | undefined): boolean {
  return restore === undefined || isAtWork(restore.status);
}
