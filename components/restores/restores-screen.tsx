"use client";

import { ArchiveRestore } from "lucide-react";
import Link from "next/link";
import { RestoresTable } from "#components/restores/restores-table.tsx";
import { AskButton, Can } from "#components/shared/can.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { OlderButton } from "#components/shared/older-button.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiList } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import type { RestoreDto } from "#lib/restores/schemas.ts";

/** Every restore that was planned or carried out, with its report. */
export function RestoresScreen() {
  const restores = useApiList<RestoreDto>("/restores");
  return (
    <>
      <PageHeader
        title="Restores"
        purpose="A restore is a plan first: you read what would change, then prove who you are, then it happens."
        action={<StartRestore />}
      />
      <Loaded query={restores}>{(items) => (items.length > 0 ? <RestoresTable restores={items} /> : <NoRestores />)}</Loaded>
      <OlderButton list={restores} />
    </>
  );
}

function StartRestore() {
  const path = useTenantPath();
  return (
    <Can permission="restores.execute" fallback={<AskButton permission="restores.execute">Restore a backup</AskButton>}>
      <Button asChild variant="primary">
        <Link href={path("/restores/new")}>Restore a backup</Link>
      </Button>
    </Can>
  );
}

function NoRestores() {
  return (
    <EmptyState icon={ArchiveRestore} title="No restores yet">
      Each restore appears here with its plan and its report. Planning one changes nothing, so it is a good way to practise.
    </EmptyState>
  );
}
