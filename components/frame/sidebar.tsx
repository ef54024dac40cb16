"use client";

import { Menu, PanelLeftClose, PanelLeftOpen } from "lucide-react";
import { useState } from "react";
import { LogoMark } from "#components/frame/logo.tsx";
import type { NavigationId } from "#components/frame/navigation.ts";
import { SidebarNavigation } from "#components/frame/sidebar-navigation.tsx";
import { sidebarCookie } from "#components/frame/sidebar-cookie.ts";
import { type FrameTenant, TenantSwitcher } from "#components/frame/tenant-switcher.tsx";
import { Button } from "#components/ui/button.tsx";
import { cn } from "#components/ui/class-names.ts";
import { Sheet, SheetContent, SheetTrigger } from "#components/ui/sheet.tsx";

export interface SidebarProps {
  tenant: FrameTenant;
  tenants: readonly FrameTenant[];
  visible: readonly NavigationId[];
}

/** The sidebar beside the page on wide screens; folds to its icons. */
export function Sidebar({ tenant, tenants, visible, defaultCollapsed }: SidebarProps & { defaultCollapsed: boolean }) {
  const [collapsed, setCollapsed] = useState(defaultCollapsed);
  const toggle = () => {
    setCollapsed(!collapsed);
    document.cookie = `${sidebarCookie}=${collapsed ? "0" : "1"}; path=/; max-age=31536000; samesite=lax`;
  };
  const Icon = collapsed ? PanelLeftOpen : PanelLeftClose;
  return (
    <aside
      className={cn(
        "sticky top-0 hidden h-dvh shrink-0 flex-col border-e border-border bg-sunken lg:flex",
        collapsed ? "w-16 items-center" : "w-60",
      )}
    >
      <div className={cn("flex h-16 shrink-0 items-center", collapsed ? "justify-center" : "px-3")}>
        <TenantSwitcher tenant={tenant} tenants={tenants} collapsed={collapsed} />
      </div>
      <SidebarNavigation tenantSlug={tenant.slug} visible={visible} collapsed={collapsed} />
      <div className="mt-auto p-3">
        <Button
          variant="ghost"
          size="icon"
          aria-label={collapsed ? "Widen the sidebar" : "Narrow the sidebar"}
          onClick={toggle}
          className="text-muted"
        >
          <Icon aria-hidden />
        </Button>
      </div>
    </aside>
  );
}

/** The same as a sheet, with the button that opens it, on small screens. */
export function MobileSidebar({ tenant, tenants, visible }: SidebarProps) {
  const [open, setOpen] = useState(false);
  return (
    <Sheet open={open} onOpenChange={setOpen}>
      <SheetTrigger asChild>
        <Button variant="ghost" size="icon" aria-label="Menu" className="lg:hidden">
          <Menu aria-hidden />
        </Button>
      </SheetTrigger>
      <SheetContent title="Menu" titleHidden side="left">
        <div className="flex h-16 shrink-0 items-center gap-3 ps-3 pe-14">
          <LogoMark className="ms-1.5" />
          <div className="min-w-0 flex-1">
            <TenantSwitcher tenant={tenant} tenants={tenants} collapsed={false} plain />
          </div>
        </div>
        <SidebarNavigation tenantSlug={tenant.slug} visible={visible} collapsed={false} onNavigate={() => setOpen(false)} />
      </SheetContent>
    </Sheet>
  );
}
