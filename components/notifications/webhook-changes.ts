"use client";

import { problemSentence } from "#components/shared/problem.ts";
import { useApiMutation } from "#components/shared/use-api.ts";
import { toast } from "#components/ui/toast.tsx";
import type { WebhookDto } from "#lib/webhooks/schemas.ts";

/**
 * Switching a webhook on and off, and deleting it, which enabling takes back. Outcomes are told in toasts.
 * `onDelete` is called as a deletion begins: a page that is still open would read what is gone.
 */
export function useWebhookChanges({ id, name }: Pick<WebhookDto, "id" | "name">, onDelete?: () => void) {
  const change = useApiMutation<WebhookDto>("PATCH", `/webhooks/${id}`);
  const removal = useApiMutation<unknown, void>("DELETE", `/webhooks/${id}`);
  const onError = (error: unknown) => void toast.error(`“${name}” was not changed.`, { description: problemSentence(error) });
  // The row that this hangs on may be gone by the time the answer is there: a callback of `mutate` would not be called.
  const setEnabled = (enabled: boolean) =>
    void change
      .mutateAsync({ enabled })
      .then(() => void toast.success(enabled ? `“${name}” is on.` : `“${name}” is off. What waited for it is cancelled.`), onError);
  const remove = () => {
    onDelete?.();
    void removal.mutateAsync().then(() => {
      const action = { label: "Undo", onClick: () => setEnabled(true) };
      toast.success(`“${name}” is deleted.`, { description: "What waited for it is cancelled.", action, duration: 15_000 });
    }, onError);
  };
  return { setEnabled, remove, isPending: change.isPending || removal.isPending };
}
