"use client";

import type { ReactNode } from "react";
import { AppFrame } from "#components/frame/app-frame.tsx";
import { FrameNotices } from "#components/frame/frame-notices.tsx";
import { visibleNavigation } from "#components/frame/navigation.ts";
import { Live } from "#components/shared/live.tsx";
import { QueryProvider } from "#components/shared/query-provider.tsx";
import { RunningWork } from "#components/runs/running-work.tsx";
import { signOut } from "#components/shared/sign-out.ts";
import { type PresentTenant, TenantProvider } from "#components/shared/tenant-provider.tsx";
import { permissionsOf } from "#lib/auth/permissions.ts";

interface TenantFrameProps {
  tenant: PresentTenant;
  tenants: { slug: string; name: string }[];
  defaultCollapsed: boolean;
  children: ReactNode;
}

/** Everything a tenant's page stands in: who and where, the cache, live updates, the frame. */
export function TenantFrame({ tenant, tenants, defaultCollapsed, children }: TenantFrameProps) {
  return (
    <QueryProvider>
      <TenantProvider tenant={tenant}>
        <Live />
        <AppFrame
          tenant={tenant}
          tenants={tenants}
          person={{ email: tenant.email, role: tenant.role }}
          visible={visibleNavigation(permissionsOf(tenant.role))}
          running={<RunningWork />}
          banners={<FrameNotices />}
          helpHref={`/t/${tenant.slug}/help`}
          onSignOut={signOut}
          defaultCollapsed={defaultCollapsed}
        >
          {children}
        </AppFrame>
      </TenantProvider>
    </QueryProvider>
  );
}
