"use client";

import type { ReactNode } from "react";
import { keyName } from "#components/keys/key-words.ts";
import { useCan } from "#components/shared/can.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { NotPermitted } from "#components/shared/not-permitted.tsx";
import { PageCrumb } from "#components/frame/page-crumb.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiQuery } from "#components/shared/use-api.ts";
import { PageHeader } from "#components/ui/page-header.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { Permission } from "#lib/auth/permissions.ts";
import type { KeyDto } from "#lib/keys/schemas.ts";

/** A page on which one thing is done with one key, by whoever may. */
export function KeyTask({ id, permission, title, purpose, children }: KeyTaskProps) {
  const may = useCan(permission);
  const path = useTenantPath();
  const query = useApiQuery<KeyDto>(`/keys/${id}`);
  if (!may) return <NotPermitted permission={permission} />;
  return (
    <div className="max-w-prose">
      <Loaded query={query} skeleton={<Skeleton className="h-96" />}>
        {(key) => (
          <>
            <PageCrumb label={title} parent={{ label: keyName(key), href: path(`/keys/${id}`) }} />
            <PageHeader title={title} purpose={`${keyName(key)}. ${purpose}`} />
            {children(key)}
          </>
        )}
      </Loaded>
    </div>
  );
}

interface KeyTaskProps {
  id: string;
  permission: Permission;
  title: string;
  /** Follows the key's name. */
  purpose: string;
  children: (key: KeyDto) => ReactNode;
}
