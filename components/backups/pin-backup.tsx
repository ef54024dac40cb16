"use client";

import { useCan } from "#components/shared/can.tsx";
import { problemSentence } from "#components/shared/problem.ts";
import { useApiMutation } from "#components/shared/use-api.ts";
import { formatDate } from "#components/ui/format-time.ts";
import { toast } from "#components/ui/toast.tsx";
import type { BackupDto } from "#lib/backups/schemas.ts";

type PinnedBackup = Pick<BackupDto, "id" | "systemName" | "status" | "pinned" | "pinnedUntil">;

/** A person's pin, on and off. A pin that ends by itself cannot be taken away, and another can be put beside it. */
export function usePin(backup: PinnedBackup) {
  const mayPin = useCan("backups.pin") && backup.status === "completed";
  const pin = useApiMutation<BackupDto, void>("PUT", `/backups/${backup.id}/pin`);
  const unpin = useApiMutation<BackupDto, void>("DELETE", `/backups/${backup.id}/pin`);
  const isPinned = backup.pinned && backup.pinnedUntil === null;
  const onError = (error: unknown) => toast.error(problemSentence(error));
  const onSuccess = () =>
    toast.success(
      isPinned ? `The backup of “${backup.systemName}” is no longer pinned.` : `The backup of “${backup.systemName}” is pinned.`,
    );
  const toggle = () => (isPinned ? unpin : pin).mutate(undefined, { onSuccess, onError });
  return { mayPin, toggle, words: isPinned ? "Unpin backup" : "Pin backup" };
}

/** "Pinned", or until when. */
export function pinWords({ pinnedUntil }: Pick<BackupDto, "pinnedUntil">): string {
  return pinnedUntil === null ? "Pinned" : `Pinned until ${formatDate(new Date(pinnedUntil), "UTC")}`;
}
