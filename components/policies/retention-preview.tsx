"use client";

import { useFormContext, useWatch } from "react-hook-form";
import type { PolicyFormValues } from "#components/policies/policy-form-values.ts";
import { yearWords } from "#components/policies/retention-words.ts";
import { RetentionDecisions } from "#components/policies/retention-decisions.tsx";
import { usePolicyPreview } from "#components/policies/use-policy-preview.ts";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";

/** What the retention as it is typed comes to: for the backups that there are, and after a year. */
export function RetentionPreview({ policyId }: { policyId: string | null }) {
  const { control } = useFormContext<PolicyFormValues>();
  const { data, error, isEnabled, isPlaceholderData } = usePolicyPreview(useWatch({ control }) as PolicyFormValues, policyId);
  if (error) return <ErrorPanel problem={error} title="The preview could not be made." />;
  if (data === undefined) return isEnabled ? <Skeleton className="h-24" /> : null;
  return (
    <div aria-busy={isPlaceholderData} className="flex flex-col rounded-lg border border-border bg-surface">
      {data.year && (
        <div className="flex flex-col gap-1 px-4 py-2.5 text-sm text-pretty" aria-live="polite">
          {data.promise !== null && <p className="font-medium">{data.promise}</p>}
          <p>{yearWords(data.year)}</p>
        </div>
      )}
      {data.keeps !== null && data.deletes !== null && (
        <div className="border-t border-border">
          <RetentionDecisions keeps={data.keeps} deletes={data.deletes} decisions={data.decisions} />
        </div>
      )}
      {data.waits !== null && (
        <Callout kind="warning" title="Nothing is deleted at present" className="m-4 mt-0">
          {data.waits}
        </Callout>
      )}
    </div>
  );
}
