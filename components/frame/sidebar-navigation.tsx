"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { navigation, navigationHref, type NavigationId, type NavigationItem, navigationItemAt } from "#components/frame/navigation.ts";
import { cn } from "#components/ui/class-names.ts";
import { Tooltip } from "#components/ui/tooltip.tsx";

interface SidebarNavigationProps {
  tenantSlug: string;
  visible: readonly NavigationId[];
  collapsed: boolean;
  onNavigate?: () => void;
}

/** The links of the sidebar, in groups; a group without a visible item has no heading either. */
export function SidebarNavigation({ tenantSlug, visible, collapsed, onNavigate }: SidebarNavigationProps) {
  const current = navigationItemAt(tenantSlug, usePathname());
  const groups = navigation
    .map(({ title, items }) => ({ title, items: items.filter((item) => visible.includes(item.id)) }))
    .filter(({ items }) => items.length > 0);
  return (
    <nav aria-label="Main" className="flex min-h-0 flex-col gap-6 overflow-y-auto px-3 py-3">
      {groups.map(({ title, items }) => (
        <div key={title ?? "first"} role="group" aria-label={title ?? undefined} className="flex flex-col gap-0.5">
          {title !== null &&
            (collapsed ? (
              <span className="mx-auto mb-2 h-px w-6 bg-grey-line" />
            ) : (
              <span className="px-2.5 pb-1 text-sm text-muted">{title}</span>
            ))}
          {items.map((item) => (
            <NavigationLink
              key={item.id}
              item={item}
              href={navigationHref(tenantSlug, item)}
              current={item.id === current?.id}
              collapsed={collapsed}
              {...(onNavigate ? { onNavigate } : {})}
            />
          ))}
        </div>
      ))}
    </nav>
  );
}

interface NavigationLinkProps {
  item: NavigationItem;
  href: string;
  current: boolean;
  collapsed: boolean;
  onNavigate?: () => void;
}

function NavigationLink({ item, href, current, collapsed, onNavigate }: NavigationLinkProps) {
  const Icon = item.icon;
  const link = (
    <Link
      href={href}
      aria-current={current ? "page" : undefined}
      {...(onNavigate ? { onNavigate } : {})}
      className={cn(
        "flex h-9 items-center gap-3 rounded-lg text-sm font-medium transition-colors duration-100 focus-visible:-outline-offset-2 pointer-coarse:h-10",
        collapsed ? "w-10 justify-center" : "px-2.5",
        current ? "bg-accent-soft text-accent" : "text-muted hover:bg-grey-soft hover:text-foreground",
      )}
    >
      <Icon aria-hidden className="size-[1.125rem] shrink-0" />
      <span className={collapsed ? "sr-only" : "truncate"}>{item.label}</span>
    </Link>
  );
  return collapsed ? (
    <Tooltip content={item.label} side="right">
      {link}
    </Tooltip>
  ) : (
    link
  );
}
