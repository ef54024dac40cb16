import type { ComponentProps, ReactNode } from "react";
import { cn } from "#components/ui/class-names.ts";

/** A group of things that belong together, behind a hairline. */
export function Card({ className, ...props }: ComponentProps<"section">) {
  return <section className={cn("rounded-lg border border-border bg-surface", className)} {...props} />;
}

interface CardHeaderProps {
  title: ReactNode;
  description?: ReactNode;
  /** At the right of the title. */
  action?: ReactNode;
  /** Heading level in the page's outline. */
  level?: 2 | 3;
}

export function CardHeader({ title, description, action, level = 2 }: CardHeaderProps) {
  const Heading = level === 2 ? "h2" : "h3";
  return (
    <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-3 px-6 pt-5">
      <div className="flex min-w-0 flex-col gap-1">
        <Heading className="text-base font-semibold">{title}</Heading>
        {description !== undefined && <p className="max-w-prose text-sm text-pretty text-muted">{description}</p>}
      </div>
      {action}
    </div>
  );
}

export function CardContent({ className, ...props }: ComponentProps<"div">) {
  return <div className={cn("px-6 py-5", className)} {...props} />;
}

/** Buttons at the end of a card, behind a hairline. */
export function CardFooter({ className, ...props }: ComponentProps<"div">) {
  return <div className={cn("flex flex-wrap items-center gap-3 border-t border-border px-6 py-4", className)} {...props} />;
}
