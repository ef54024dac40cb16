import type { ReactNode } from "react";

interface PageHeaderProps {
  title: ReactNode;
  /** One line: what this page is for. */
  purpose?: ReactNode;
  /** The one primary action, at the right. Others go beside it, before it. */
  action?: ReactNode;
  /** Beside the title: a mark, a badge. */
  aside?: ReactNode;
}

/** The top of every page. */
export function PageHeader({ title, purpose, action, aside }: PageHeaderProps) {
  return (
    <header className="flex flex-col gap-4 pb-8 sm:flex-row sm:items-start sm:justify-between">
      <div className="flex min-w-0 flex-col gap-1.5">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
          <h1 className="text-xl font-semibold tracking-[-0.015em] [overflow-wrap:anywhere]">{title}</h1>
          {aside}
        </div>
        {purpose !== undefined && <p className="max-w-prose text-base text-pretty text-muted">{purpose}</p>}
      </div>
      {action !== undefined && <div className="flex shrink-0 flex-wrap items-center gap-3">{action}</div>}
    </header>
  );
}

/** A part of a page with its heading. */
export function Section({ title, purpose, action, children }: PageHeaderProps & { children: ReactNode }) {
  return (
    <section className="flex flex-col gap-4 pb-10">
      <div className="flex flex-wrap items-end justify-between gap-3">
        <div className="flex min-w-0 flex-col gap-1">
          <h2 className="text-lg font-semibold tracking-[-0.01em]">{title}</h2>
          {purpose !== undefined && <p className="max-w-prose text-base text-pretty text-muted">{purpose}</p>}
        </div>
        {action}
      </div>
      {children}
    </section>
  );
}
