"use client";

import { History } from "lucide-react";
import { useSearchParams } from "next/navigation";
import { RunsTable } from "#components/runs/runs-table.tsx";
import { BackUpNow } from "#components/backups/back-up-now.tsx";
import { FilterChips } from "#components/shared/filter-chips.tsx";
import { FilterSelect } from "#components/shared/filter-select.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { OlderButton } from "#components/shared/older-button.tsx";
import { useApiList } from "#components/shared/use-api.ts";
import { useWholeList } from "#components/shared/use-whole-list.ts";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import type { PolicyDto } from "#lib/policies/schemas.ts";
import type { RunDto } from "#lib/runs/schemas.ts";
import type { SystemDto } from "#lib/systems/schemas.ts";

/** Every run, past and to come, with filters that can be linked to. */
export function RunsScreen() {
  const search = useSearchParams();
  const filter = { status: search.get("status"), systemId: search.get("systemId"), policyId: search.get("policyId") };
  const runs = useApiList<RunDto>("/runs", filter);
  const systems = useWholeList<SystemDto>("/systems");
  const policies = useWholeList<PolicyDto>("/policies");
  const isFiltered = Object.values(filter).some((value) => value !== null);
  return (
    <>
      <PageHeader title="Runs" purpose="Every backup that was made, is being made, or is still to come." action={<BackUpNow />} />
      <div className="flex flex-wrap items-center gap-3 pb-5">
        <FilterChips label="State" name="status" options={states} />
        <div className="flex gap-3 max-sm:w-full">
          <FilterSelect label="System" name="systemId" options={optionsOf(systems.data)} />
          <FilterSelect label="Policy" name="policyId" options={optionsOf(policies.data)} />
        </div>
      </div>
      <Loaded query={runs}>{(items) => (items.length > 0 ? <RunsTable runs={items} /> : <NoRuns isFiltered={isFiltered} />)}</Loaded>
      <OlderButton list={runs} />
    </>
  );
}

const states = [
  { value: "", label: "All" },
  { value: "scheduled,queued,running", label: "Under way and to come" },
  { value: "completed", label: "Completed" },
  { value: "failed,partial", label: "Failed or partial" },
  { value: "missed", label: "Missed" },
];

function optionsOf(items: readonly { id: string; name: string }[] | undefined) {
  return (items ?? []).map(({ id, name }) => ({ value: id, label: name }));
}

function NoRuns({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered)
    return (
      <EmptyState icon={History} title="No run fits these filters">
        Choose “All” to see every run.
      </EmptyState>
    );
  return (
    <EmptyState icon={History} title="No runs yet" action={<BackUpNow />}>
      Each backup appears here as it is made, with its progress, and afterwards with how it ended.
    </EmptyState>
  );
}
