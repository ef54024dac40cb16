import Link from "next/link";
import { Fragment } from "react";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { cn } from "#components/ui/class-names.ts";

export interface Crumb {
  label: string;
  /** Left out for the page one is on. */
  href?: string;
}

/** Where one is; the last crumb is this page. On a phone there is room for one: the way back, as the page's own name stands below. */
export function Breadcrumb({ crumbs }: { crumbs: readonly Crumb[] }) {
  const last = crumbs.length - 1;
  return (
    <nav aria-label="Breadcrumb" className="min-w-0">
      <ol className="flex min-w-0 items-center gap-1.5 text-sm">
        {crumbs.map((crumb, index) => (
          <Fragment key={`${index}-${crumb.label}`}>
            {index > 0 && (
              <li aria-hidden className="flex shrink-0 max-sm:hidden">
                <ChevronRight className="size-4 text-muted" />
              </li>
            )}
            <li className={cn("flex min-w-0 items-center gap-1", index !== Math.max(last - 1, 0) && "max-sm:hidden")}>
              {index < last && <ChevronLeft aria-hidden className="size-4 shrink-0 text-muted sm:hidden" />}
              {crumb.href === undefined || index === last ? (
                <span aria-current={index === last ? "page" : undefined} className="truncate font-medium">
                  {crumb.label}
                </span>
              ) : (
                <Link href={crumb.href} className="truncate rounded-sm text-muted hover:text-foreground hover:underline">
                  {crumb.label}
                </Link>
              )}
            </li>
          </Fragment>
        ))}
      </ol>
    </nav>
  );
}
