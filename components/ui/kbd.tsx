import type { ReactNode } from "react";

/** A key to press. */
export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="border-border bg-sunken text-muted inline-flex h-5 min-w-5 items-center justify-center rounded-sm border px-1 font-mono text-xs">
      {children}
    </kbd>
  );
}
