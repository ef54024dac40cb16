"use client";

import { useCan } from "#components/shared/can.tsx";
import { problemSentence } from "#components/shared/problem.ts";
import { StateMark } from "#components/shared/state-mark.tsx";
import { useApiMutation } from "#components/shared/use-api.ts";
import { Switch } from "#components/ui/switch.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { PolicyDto } from "#lib/policies/schemas.ts";

/** Whether a policy is on, and the switch for it; only the word for someone who may not change it. */
export function PolicySwitch({ policy }: { policy: PolicyDto }) {
  const mayWrite = useCan("policies.write");
  const change = useApiMutation<PolicyDto>("PATCH", `/policies/${policy.id}`);
  const set = (enabled: boolean) =>
    change.mutate(
      { enabled },
      {
        onSuccess: () => toast.success(enabled ? `“${policy.name}” is on.` : `“${policy.name}” is off: it starts no more runs.`),
        onError: (error) => toast.error(`“${policy.name}” was not changed.`, { description: problemSentence(error) }),
      },
    );
  const enabled = change.isPending ? change.variables.enabled === true : policy.enabled;
  if (!mayWrite) return <StateMark state={policy.enabled ? "scheduled" : "cancelled"} label={policy.enabled ? "On" : "Off"} />;
  return (
    <span className="inline-flex items-center gap-2.5">
      <Switch aria-label={`“${policy.name}” is on`} checked={enabled} disabled={change.isPending} onCheckedChange={set} />
      <span aria-hidden>{enabled ? "On" : "Off"}</span>
    </span>
  );
}
