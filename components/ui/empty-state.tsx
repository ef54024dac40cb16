import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

interface EmptyStateProps {
  icon?: LucideIcon;
  /** What is not here yet: "No systems yet". */
  title: string;
  /** What will appear here. */
  children: ReactNode;
  /** The one action that makes it appear. */
  action?: ReactNode;
  level?: 2 | 3;
}

/** In the place of an empty list. */
export function EmptyState({ icon: Icon, title, children, action, level = 2 }: EmptyStateProps) {
  const Heading = level === 2 ? "h2" : "h3";
  return (
    <div className="flex flex-col items-center gap-4 rounded-lg border border-dashed border-grey-line px-6 py-12 text-center">
      {Icon && (
        <span className="flex size-10 items-center justify-center rounded-lg bg-accent-soft text-accent">
          <Icon aria-hidden className="size-5" />
        </span>
      )}
      <div className="flex max-w-md flex-col gap-1">
        <Heading className="text-base font-semibold">{title}</Heading>
        <div className="text-base text-pretty text-muted">{children}</div>
      </div>
      {action}
    </div>
  );
}
