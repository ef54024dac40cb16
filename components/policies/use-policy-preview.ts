"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { type PolicyFormValues, policyInput, readSchedule } from "#components/policies/policy-form-values.ts";
import { useTenant } from "#components/shared/tenant-provider.tsx";
import { callApi, type ProblemError } from "#lib/http/client.ts";
import type { PolicyPreview } from "#lib/policies/schemas.ts";
import { retentionSchema } from "#lib/schedule/schemas.ts";

/** How long typing has to rest. */
const REST_MS = 400;

/** What the policy as it is typed would do, asked of the server once the typing rests; undefined while it is not complete. */
export function usePolicyPreview(values: PolicyFormValues, policyId: string | null) {
  const { slug } = useTenant();
  const question = useRested(JSON.stringify(questionOf(values, policyId)));
  return useQuery<PolicyPreview, ProblemError>({
    queryKey: [slug, "policies", "/policies/preview", question],
    queryFn: () => callApi<PolicyPreview>(slug, "POST", "/policies/preview", JSON.parse(question) as Record<string, unknown>),
    enabled: question !== "null",
    placeholderData: keepPreviousData,
  });
}

function questionOf(values: PolicyFormValues, policyId: string | null): Record<string, unknown> | null {
  const schedule = readSchedule(values.schedule);
  const retention = retentionSchema.safeParse(policyInput(values).retention);
  if (schedule === null || !retention.success) return null;
  return { schedule, retention: retention.data, ...(policyId === null ? {} : { policyId, systemIds: values.systemIds }) };
}

function useRested(value: string): string {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), REST_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return rested;
}
