import {
  Archive,
  ArchiveRestore,
  Bell,
  CalendarClock,
  HardDrive,
  History,
  KeyRound,
  LayoutDashboard,
  type LucideIcon,
  ScrollText,
  Server,
  Settings,
  Users,
} from "lucide-react";
import type { Permission } from "#lib/auth/permissions.ts";

export interface NavigationItem {
  id: NavigationId;
  label: string;
  /** Below /t/<tenant>; empty for the overview. */
  path: string;
  icon: LucideIcon;
  /** What one must be allowed to see it; null for everyone. */
  permission: Permission | null;
}

export type NavigationId =
  | "overview"
  | "systems"
  | "backups"
  | "restores"
  | "runs"
  | "policies"
  | "destinations"
  | "keys"
  | "members"
  | "notifications"
  | "audit"
  | "settings";

/** The sidebar, group by group. */
export const navigation: readonly { title: string | null; items: readonly NavigationItem[] }[] = [
  {
    title: null,
    items: [
      { id: "overview", label: "Overview", path: "", icon: LayoutDashboard, permission: null },
      { id: "systems", label: "Systems", path: "/systems", icon: Server, permission: "systems.read" },
      { id: "backups", label: "Backups", path: "/backups", icon: Archive, permission: "backups.read" },
      { id: "restores", label: "Restores", path: "/restores", icon: ArchiveRestore, permission: "restores.read" },
      { id: "runs", label: "Runs", path: "/runs", icon: History, permission: "runs.read" },
    ],
  },
  {
    title: "Set-up",
    items: [
      { id: "policies", label: "Policies", path: "/policies", icon: CalendarClock, permission: "policies.read" },
      { id: "destinations", label: "Destinations", path: "/destinations", icon: HardDrive, permission: "destinations.read" },
      { id: "keys", label: "Keys", path: "/keys", icon: KeyRound, permission: "keys.read" },
    ],
  },
  {
    title: "Tenant",
    items: [
      { id: "members", label: "Members", path: "/members", icon: Users, permission: "members.read" },
      { id: "notifications", label: "Notifications", path: "/notifications", icon: Bell, permission: null },
      { id: "audit", label: "Audit", path: "/audit", icon: ScrollText, permission: "audit.read" },
      { id: "settings", label: "Settings", path: "/settings", icon: Settings, permission: "settings.read" },
    ],
  },
];

/** The ids that someone with these permissions sees. */
export function visibleNavigation(granted: readonly Permission[]): NavigationId[] {
  const items = navigation.flatMap((group) => group.items);
  return items.filter((item) => item.permission === null || granted.includes(item.permission)).map((item) => item.id);
}

/** The address of an item in a tenant. */
export function navigationHref(tenantSlug: string, item: NavigationItem): string {
  return `/t/${tenantSlug}${item.path}`;
}

/** The item that a path belongs to, below-lying pages included; undefined for a path of no item. */
export function navigationItemAt(tenantSlug: string, pathname: string): NavigationItem | undefined {
  const items = navigation.flatMap((group) => group.items);
  const below = items.find((item) => item.path !== "" && isAtOrBelow(pathname, navigationHref(tenantSlug, item)));
  return below ?? items.find((item) => navigationHref(tenantSlug, item) === pathname);
}

function isAtOrBelow(pathname: string, href: string): boolean {
  return pathname === href || pathname.startsWith(`${href}/`);
}
