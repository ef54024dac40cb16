"use client";

import { CircleQuestionMark } from "lucide-react";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import { navigationHref, navigationItemAt } from "#components/frame/navigation.ts";
import { usePageCrumbs } from "#components/frame/page-crumb.tsx";
import type { FrameTenant } from "#components/frame/tenant-switcher.tsx";
import { Breadcrumb, type Crumb } from "#components/ui/breadcrumb.tsx";
import { Button } from "#components/ui/button.tsx";

interface TopBarProps {
  tenant: FrameTenant;
  /** The button that opens the sidebar on small screens. */
  menu: ReactNode;
  /** Tools at the right. */
  children: ReactNode;
}

/** Where one is, at the left; tools at the right. */
export function TopBar({ tenant, menu, children }: TopBarProps) {
  const item = navigationItemAt(tenant.slug, usePathname());
  const below = usePageCrumbs();
  const crumbs: Crumb[] = item === undefined ? [...below] : [{ label: item.label, href: navigationHref(tenant.slug, item) }, ...below];
  return (
    <header className="sticky top-0 z-30 flex h-16 items-center gap-2 border-b border-border bg-background px-3 sm:px-8 lg:ps-8">
      {menu}
      <div className="min-w-0 flex-1">
        <Breadcrumb crumbs={crumbs} />
      </div>
      <div className="flex shrink-0 items-center gap-1">{children}</div>
    </header>
  );
}

export function HelpLink({ href }: { href: string }) {
  return (
    <Button asChild variant="ghost" size="icon" className="max-sm:hidden">
      <a href={href} aria-label="Help" title="Help">
        <CircleQuestionMark aria-hidden />
      </a>
    </Button>
  );
}
