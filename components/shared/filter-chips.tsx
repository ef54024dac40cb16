"use client";

import Link from "next/link";
import { usePathname, useSearchParams } from "next/navigation";
import { hrefWith } from "#components/shared/filter-href.ts";
import { cn } from "#components/ui/class-names.ts";

interface FilterChipsProps {
  /** What is chosen: "Status". */
  label: string;
  /** The query's parameter. */
  name: string;
  /** An empty value stands for everything. */
  options: readonly { value: string; label: string }[];
}

/** One of several filters, kept in the address so that a filtered list can be linked to. */
export function FilterChips({ label, name, options }: FilterChipsProps) {
  const pathname = usePathname();
  const search = useSearchParams();
  const present = search.get(name) ?? "";
  return (
    <ul aria-label={label} className="flex flex-wrap gap-2">
      {options.map(({ value, label: words }) => (
        <li key={value}>
          <Link
            href={hrefWith(pathname, search, name, value)}
            replace
            scroll={false}
            aria-current={value === present ? "true" : undefined}
            className={cn(
              "inline-flex h-8 items-center rounded-full border px-3 text-sm font-medium pointer-coarse:h-10",
              value === present
                ? "border-accent bg-accent-soft text-accent"
                : "border-border bg-surface text-muted hover:border-input hover:text-foreground",
            )}
          >
            {words}
          </Link>
        </li>
      ))}
    </ul>
  );
}
