import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { sidebarCookie } from "#components/frame/sidebar-cookie.ts";
import { TenantFrame } from "#components/shared/tenant-frame.tsx";
import { pageMembership } from "#lib/http/page-context.ts";

interface TenantLayoutProps {
  params: Promise<{ tenant: string }>;
  children: ReactNode;
}

export default async function TenantLayout({ params, children }: TenantLayoutProps) {
  const { session, membership } = await pageMembership((await params).tenant);
  const collapsed = (await cookies()).get(sidebarCookie)?.value === "1";
  return (
    <TenantFrame
      tenant={{ ...membership.tenant, role: membership.role, email: session.email }}
      tenants={session.memberships.map(({ tenant }) => ({ slug: tenant.slug, name: tenant.name }))}
      defaultCollapsed={collapsed}
    >
      {children}
    </TenantFrame>
  );
}
