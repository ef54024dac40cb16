"use client";

import { createContext, type ReactNode, use, useEffect, useMemo, useState } from "react";
import type { Crumb } from "#components/ui/breadcrumb.tsx";

const none: readonly Crumb[] = [];
const Present = createContext<readonly Crumb[]>(none);
const Announce = createContext<(crumbs: readonly Crumb[]) => void>(() => undefined);

/** Lets a page tell the top bar what comes after the section's name. */
export function PageCrumbProvider({ children }: { children: ReactNode }) {
  const [crumbs, setCrumbs] = useState<readonly Crumb[]>(none);
  return (
    <Announce value={setCrumbs}>
      <Present value={crumbs}>{children}</Present>
    </Announce>
  );
}

/** Anywhere on a page below a list: `<PageCrumb label="Main gateway" />`. `parent` for a page two levels down. */
export function PageCrumb({ label, parent }: { label: string; parent?: Crumb }) {
  const announce = use(Announce);
  const parentLabel = parent?.label;
  const parentHref = parent?.href;
  const crumbs = useMemo<readonly Crumb[]>(
    () =>
      parentLabel === undefined
        ? [{ label }]
        : [{ label: parentLabel, ...(parentHref === undefined ? {} : { href: parentHref }) }, { label }],
    [label, parentLabel, parentHref],
  );
  useEffect(() => {
    announce(crumbs);
    return () => announce(none);
  }, [announce, crumbs]);
  return null;
}

export function usePageCrumbs(): readonly Crumb[] {
  return use(Present);
}
