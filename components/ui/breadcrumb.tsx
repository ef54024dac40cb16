import Link from "next/link";
import { Fragment } from "react";
import { ChevronRight } from "lucide-react";

export interface Crumb {
  label: string;
  /** Left out for the page one is on. */
  href?: string;
}

/** Where one is; the last crumb is this page. */
export function Breadcrumb({ crumbs }: { crumbs: readonly Crumb[] }) {
  return (
    <nav aria-label="Breadcrumb" className="min-w-0">
      <ol className="flex min-w-0 items-center gap-1.5 text-sm">
        {crumbs.map((crumb, index) => (
          <Fragment key={`${index}-${crumb.label}`}>
            {index > 0 && (
              <li aria-hidden className="flex shrink-0">
                <ChevronRight className="size-4 text-muted" />
              </li>
            )}
            <li className="min-w-0 truncate">
              {crumb.href === undefined || index === crumbs.length - 1 ? (
                <span aria-current={index === crumbs.length - 1 ? "page" : undefined} className="font-medium">
                  {crumb.label}
                </span>
              ) : (
                <Link href={crumb.href} className="rounded-sm text-muted hover:text-foreground hover:underline">
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
