"use client";

import { Archive, Pencil, Unplug } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { useCan } from "#components/shared/can.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { DeleteSystem } from "#components/systems/delete-system.tsx";
import { useBackUpNow } from "#components/systems/use-back-up-now.ts";
import { DropdownMenuItem, RowMenu } from "#components/ui/dropdown-menu.tsx";
import type { SystemDto } from "#lib/systems/schemas.ts";

/** What can be done with one system, from its row. Nothing for someone who may do none of it. */
export function SystemRowMenu({ system }: { system: SystemDto }) {
  const path = useTenantPath();
  const [deleting, setDeleting] = useState(false);
  const { start } = useBackUpNow(system);
  const [mayStart, mayWrite, mayDelete] = [useCan("runs.start"), useCan("systems.write"), useCan("systems.delete")];
  if (!mayStart && !mayWrite && !mayDelete) return null;
  return (
    <>
      <RowMenu label={`Actions for ${system.name}`}>
        {mayStart && (
          <DropdownMenuItem onSelect={start}>
            <Archive aria-hidden /> Back up now
          </DropdownMenuItem>
        )}
        {mayWrite && (
          <DropdownMenuItem asChild>
            <Link href={path(`/systems/${system.id}/edit`)}>
              <Pencil aria-hidden /> Edit system
            </Link>
          </DropdownMenuItem>
        )}
        {mayDelete && (
          <DropdownMenuItem danger onSelect={() => setDeleting(true)}>
            <Unplug aria-hidden /> Disconnect system
          </DropdownMenuItem>
        )}
      </RowMenu>
      <DeleteSystem system={system} open={deleting} onOpenChange={setDeleting} />
    </>
  );
}
