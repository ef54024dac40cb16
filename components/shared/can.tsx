"use client";

import { createContext, type ReactNode, use, useMemo } from "react";
import { whomToAsk } from "#components/shared/whom-to-ask.ts";
import { Button } from "#components/ui/button.tsx";
import { Tooltip } from "#components/ui/tooltip.tsx";
import type { Permission } from "#lib/auth/permissions.ts";

const Granted = createContext<ReadonlySet<Permission>>(new Set());

/** Tells everything below what the signed-in person may do. Closed by default. */
export function PermissionProvider({ permissions, children }: { permissions: readonly Permission[]; children: ReactNode }) {
  const granted = useMemo(() => new Set(permissions), [permissions]);
  return <Granted value={granted}>{children}</Granted>;
}

/** Whether the person may. What the server decides is what counts; this only spares a vain click. */
export function useCan(permission: Permission): boolean {
  return use(Granted).has(permission);
}

interface CanProps {
  permission: Permission;
  /** Shown to those who may not; nothing by default. */
  fallback?: ReactNode;
  children: ReactNode;
}

export function Can({ permission, fallback = null, children }: CanProps) {
  return useCan(permission) ? children : fallback;
}

/** In the place of a button that the person may not press: the same words, and whom to ask on hover and focus. */
export function AskButton({ permission, children }: { permission: Permission; children: ReactNode }) {
  const ask = whomToAsk(permission);
  return (
    <Tooltip content={ask}>
      <Button aria-disabled className="opacity-60">
        {children}
        <span className="sr-only">(not permitted: {ask})</span>
      </Button>
    </Tooltip>
  );
}
