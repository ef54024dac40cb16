"use client";

import { Check, ChevronsUpDown } from "lucide-react";
import Link from "next/link";
import { LogoMark } from "#components/frame/logo.tsx";
import { cn } from "#components/ui/class-names.ts";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuLabel,
  DropdownMenuTrigger,
} from "#components/ui/dropdown-menu.tsx";

export interface FrameTenant {
  slug: string;
  name: string;
}

interface TenantSwitcherProps {
  tenant: FrameTenant;
  tenants: readonly FrameTenant[];
  collapsed: boolean;
  /** Without the mark: it stands beside. */
  plain?: boolean;
}

/** Which tenant one is in, and the way to the others. With a single tenant there is nothing to open. */
export function TenantSwitcher({ tenant, tenants, collapsed, plain = false }: TenantSwitcherProps) {
  const face = (
    <>
      {!plain && <LogoMark />}
      <span className={collapsed ? "sr-only" : "min-w-0 flex-1 truncate text-start text-sm font-semibold"}>{tenant.name}</span>
    </>
  );
  const shape = cn("flex h-10 min-w-0 items-center gap-3 rounded-lg", collapsed ? "justify-center px-1.5" : "w-full px-1.5");
  if (tenants.length < 2) return <div className={shape}>{face}</div>;
  return (
    <DropdownMenu>
      <DropdownMenuTrigger
        className={cn(shape, "hover:bg-grey-soft focus-visible:-outline-offset-2")}
        title={collapsed ? tenant.name : undefined}
      >
        {face}
        <span className="sr-only">, switch tenant</span>
        {!collapsed && <ChevronsUpDown aria-hidden className="size-4 shrink-0 text-muted" />}
      </DropdownMenuTrigger>
      <DropdownMenuContent align="start" className="w-56">
        <DropdownMenuLabel>Tenants</DropdownMenuLabel>
        {tenants.map(({ slug, name }) => (
          <DropdownMenuItem key={slug} asChild>
            <Link href={`/t/${slug}`} aria-current={slug === tenant.slug ? "true" : undefined}>
              <span className="min-w-0 flex-1 truncate">{name}</span>
              {slug === tenant.slug && <Check aria-hidden />}
            </Link>
          </DropdownMenuItem>
        ))}
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
