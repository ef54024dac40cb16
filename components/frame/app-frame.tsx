"use client";

import type { ReactNode } from "react";
import { type Command, CommandSearch } from "#components/frame/command-search.tsx";
import { PageCrumbProvider } from "#components/frame/page-crumb.tsx";
import { MobileSidebar, Sidebar } from "#components/frame/sidebar.tsx";
import type { NavigationId } from "#components/frame/navigation.ts";
import type { FrameTenant } from "#components/frame/tenant-switcher.tsx";
import { AccountMenu, type Person } from "#components/frame/account-menu.tsx";
import { HelpLink, TopBar } from "#components/frame/top-bar.tsx";
import { ThemeSwitch } from "#components/shared/theme-switch.tsx";

interface AppFrameProps {
  tenant: FrameTenant;
  /** All tenants of the person, this one included. */
  tenants: readonly FrameTenant[];
  person: Person;
  visible: readonly NavigationId[];
  /** What Ctrl-K finds beside the pages of the sidebar. */
  commands?: readonly Command[];
  /** Work under way, with its progress. */
  running?: ReactNode;
  /** What must not be overlooked, above every page. */
  banners?: ReactNode;
  helpHref: string;
  onSignOut: () => void | Promise<void>;
  /** From the cookie `sidebarCookie`, so that nothing jumps on load. */
  defaultCollapsed?: boolean;
  children: ReactNode;
}

/** Sidebar, top bar and the page. */
export function AppFrame(props: AppFrameProps) {
  const {
    tenant,
    tenants,
    person,
    visible,
    commands = [],
    running,
    banners,
    helpHref,
    onSignOut,
    defaultCollapsed = false,
    children,
  } = props;
  const places = { tenant, tenants, visible };
  return (
    <PageCrumbProvider>
      <a
        href="#content"
        className="sr-only rounded-lg bg-accent px-4 py-2 text-sm font-medium text-on-accent focus:not-sr-only focus:fixed focus:start-3 focus:top-3 focus:z-50"
      >
        Skip to the content
      </a>
      <div className="flex min-h-dvh">
        <Sidebar {...places} defaultCollapsed={defaultCollapsed} />
        <div className="flex min-w-0 flex-1 flex-col">
          <TopBar tenant={tenant} menu={<MobileSidebar {...places} />}>
            {running}
            <CommandSearch tenantSlug={tenant.slug} visible={visible} commands={commands} />
            <HelpLink href={helpHref} />
            <ThemeSwitch />
            <AccountMenu person={person} onSignOut={onSignOut} />
          </TopBar>
          <main id="content" tabIndex={-1} className="mx-auto w-full max-w-[96rem] flex-1 px-4 py-8 outline-none sm:px-8">
            {banners}
            {children}
          </main>
        </div>
      </div>
    </PageCrumbProvider>
  );
}
