"use client";

import { Pencil, Play, Trash2 } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { DeletePolicy } from "#components/policies/delete-policy.tsx";
import { useRunPolicy } from "#components/policies/use-run-policy.ts";
import { useCan } from "#components/shared/can.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { DropdownMenuItem, RowMenu } from "#components/ui/dropdown-menu.tsx";
import type { PolicyDto } from "#lib/policies/schemas.ts";

interface PolicyMenuProps {
  policy: PolicyDto;
  onDeleted?: () => void;
}

/** What can be done with one policy. Nothing for someone who may do none of it. */
export function PolicyMenu({ policy, onDeleted }: PolicyMenuProps) {
  const path = useTenantPath();
  const [deleting, setDeleting] = useState(false);
  const { start } = useRunPolicy(policy);
  const [mayStart, mayWrite, mayDelete] = [useCan("runs.start"), useCan("policies.write"), useCan("policies.delete")];
  if (!mayStart && !mayWrite && !mayDelete) return null;
  return (
    <>
      <RowMenu label={`Actions for ${policy.name}`}>
        {mayStart && (
          <DropdownMenuItem onSelect={start}>
            <Play aria-hidden /> Run policy now
          </DropdownMenuItem>
        )}
        {mayWrite && (
          <DropdownMenuItem asChild>
            <Link href={path(`/policies/${policy.id}/edit`)}>
              <Pencil aria-hidden /> Edit policy
            </Link>
          </DropdownMenuItem>
        )}
        {mayDelete && (
          <DropdownMenuItem danger onSelect={() => setDeleting(true)}>
            <Trash2 aria-hidden /> Delete policy
          </DropdownMenuItem>
        )}
      </RowMenu>
      <DeletePolicy policy={policy} open={deleting} onOpenChange={setDeleting} {...(onDeleted ? { onDeleted } : {})} />
    </>
  );
}
