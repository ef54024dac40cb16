"use client";

import { Pencil, Unplug } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { DeleteDestination } from "#components/destinations/delete-destination.tsx";
import { useCan } from "#components/shared/can.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { DropdownMenuItem, RowMenu } from "#components/ui/dropdown-menu.tsx";
import type { DestinationDto } from "#lib/destinations/schemas.ts";

interface DestinationMenuProps {
  destination: DestinationDto;
  onDeleted?: () => void;
}

/** What can be done with one destination. Nothing for someone who may do none of it. */
export function DestinationMenu({ destination, onDeleted }: DestinationMenuProps) {
  const path = useTenantPath();
  const [deleting, setDeleting] = useState(false);
  const [mayWrite, mayDelete] = [useCan("destinations.write"), useCan("destinations.delete")];
  if (!mayWrite && !mayDelete) return null;
  return (
    <>
      <RowMenu label={`Actions for ${destination.name}`}>
        {mayWrite && (
          <DropdownMenuItem asChild>
            <Link href={path(`/destinations/${destination.id}/edit`)}>
              <Pencil aria-hidden /> Edit destination
            </Link>
          </DropdownMenuItem>
        )}
        {mayDelete && (
          <DropdownMenuItem danger onSelect={() => setDeleting(true)}>
            <Unplug aria-hidden /> Disconnect destination
          </DropdownMenuItem>
        )}
      </RowMenu>
      <DeleteDestination destination={destination} open={deleting} onOpenChange={setDeleting} {...(onDeleted ? { onDeleted } : {})} />
    </>
  );
}
