"use client";

import { ScrollText } from "lucide-react";
import Link from "next/link";
import { usePathname, useSearchParams } from "next/navigation";
import { actionOptions } from "#components/audit/action-words.ts";
import { AuditTable } from "#components/audit/audit-table.tsx";
import { FilterSelect } from "#components/shared/filter-select.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { OlderButton } from "#components/shared/older-button.tsx";
import { Permitted } from "#components/shared/permitted.tsx";
import { useApiList } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { SkeletonRows } from "#components/ui/skeleton.tsx";
import type { AuditEventDto } from "#lib/audit/schemas.ts";

/** What was done, by whom and from where; filters stand in the address. */
export function AuditScreen() {
  return (
    <Permitted permission="audit.read">
      <PageHeader
        title="Audit"
        purpose="Everything that was done, newest first. Entries are only ever added; each carries the hash of the one before it."
      />
      <Entries />
    </Permitted>
  );
}

function Entries() {
  const pathname = usePathname();
  const search = useSearchParams();
  const filter = { action: search.get("action"), subjectId: search.get("subjectId") };
  const isFiltered = filter.action !== null || filter.subjectId !== null;
  const list = useApiList<AuditEventDto>("/audit", filter);
  const all = (
    <Button asChild>
      <Link href={pathname}>Show everything</Link>
    </Button>
  );
  return (
    <>
      <div className="flex flex-wrap items-center gap-3 pb-4">
        <FilterSelect label="Action" name="action" options={actionOptions} />
        {filter.subjectId !== null && <span className="text-sm text-muted">Only entries about one thing.</span>}
        {isFiltered && all}
      </div>
      <Loaded query={list} skeleton={<SkeletonRows rows={10} />}>
        {(events) =>
          events.length === 0 ? (
            <EmptyState icon={ScrollText} title={isFiltered ? "No entry matches" : "No entries yet"} action={isFiltered ? all : undefined}>
              Each action in this tenant appears here, with who did it and from where.
            </EmptyState>
          ) : (
            <>
              <AuditTable events={events} />
              <OlderButton list={list} />
            </>
          )
        }
      </Loaded>
    </>
  );
}
