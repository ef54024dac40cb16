"use client";

import { createContext, type ReactNode, use } from "react";
import { PermissionProvider } from "#components/shared/can.tsx";
import { type Role, permissionsOf } from "#lib/auth/permissions.ts";

export interface PresentTenant {
  id: string;
  slug: string;
  name: string;
  /** The signed-in person's role in it. */
  role: Role;
  email: string;
}

const Present = createContext<PresentTenant | null>(null);

/** Tells everything below which tenant the page belongs to, and what the person may do there. */
export function TenantProvider({ tenant, children }: { tenant: PresentTenant; children: ReactNode }) {
  return (
    <Present value={tenant}>
      <PermissionProvider permissions={permissionsOf(tenant.role)}>{children}</PermissionProvider>
    </Present>
  );
}

/** The tenant of the page. Only below a TenantProvider. */
export function useTenant(): PresentTenant {
  const tenant = use(Present);
  if (!tenant) throw new Error("useTenant needs a TenantProvider above it.");
  return tenant;
}

/** The address of a page of this tenant: `useTenantPath()("/systems")` is "/t/acme/systems". */
export function useTenantPath(): (path: string) => string {
  const { slug } = useTenant();
  return (path) => `/t/${slug}${path}`;
}
