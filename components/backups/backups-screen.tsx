"use client";

import { Archive } from "lucide-react";
import { useSearchParams } from "next/navigation";
import { BackUpAndDownload } from "#components/backups/back-up-and-download.tsx";
import { BackUpNow } from "#components/backups/back-up-now.tsx";
import { BackupsTable } from "#components/backups/backups-table.tsx";
import { FilterChips } from "#components/shared/filter-chips.tsx";
import { FilterSelect } from "#components/shared/filter-select.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { OlderButton } from "#components/shared/older-button.tsx";
import { Permitted } from "#components/shared/permitted.tsx";
import { useApiList } from "#components/shared/use-api.ts";
import { useWholeList } from "#components/shared/use-whole-list.ts";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import type { BackupDto } from "#lib/backups/schemas.ts";
import type { SystemDto } from "#lib/systems/schemas.ts";

/** Every backup, with what is proven of it; the trash apart. */
export function BackupsScreen() {
  const search = useSearchParams();
  const filter = {
    status: search.get("status"),
    systemId: search.get("systemId"),
    policyId: search.get("policyId"),
    destinationId: search.get("destinationId"),
    keyId: search.get("keyId"),
  };
  const backups = useApiList<BackupDto>("/backups", filter);
  const systems = useWholeList<SystemDto>("/systems");
  const isFiltered = Object.values(filter).some((value) => value !== null);
  return (
    <Permitted permission="backups.read">
      <PageHeader
        title="Backups"
        purpose="What can be restored, and how far each is proven."
        action={
          <>
            <BackUpAndDownload />
            <BackUpNow />
          </>
        }
      />
      <div className="flex flex-wrap items-center gap-3 pb-5">
        <FilterChips label="Where" name="status" options={places} />
        <FilterSelect label="System" name="systemId" options={(systems.data ?? []).map(({ id, name }) => ({ value: id, label: name }))} />
      </div>
      <Loaded query={backups}>
        {(items) =>
          items.length > 0 ? <BackupsTable backups={items} /> : <NoBackups isTrash={filter.status === "trashed"} isFiltered={isFiltered} />
        }
      </Loaded>
      <OlderButton list={backups} />
    </Permitted>
  );
}

const places = [
  { value: "", label: "Kept" },
  { value: "trashed", label: "Trash" },
];

function NoBackups({ isTrash, isFiltered }: { isTrash: boolean; isFiltered: boolean }) {
  if (isTrash) {
    return (
      <EmptyState icon={Archive} title="The trash is empty">
        A deleted backup stays here for 7 days and can be taken out again.
      </EmptyState>
    );
  }
  if (isFiltered) {
    return (
      <EmptyState icon={Archive} title="No backup fits these filters">
        Choose “Kept” and all systems to see every backup.
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={Archive} title="No backups yet" action={<BackUpNow />}>
      Each backup appears here once it was stored, fetched back and proven.
    </EmptyState>
  );
}
