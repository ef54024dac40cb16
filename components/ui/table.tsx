import type { ComponentProps } from "react";
import { cn } from "#components/ui/class-names.ts";

/*
 * On phones each row becomes a card (app/globals.css, by data-slot). `display: block` takes a table's meaning away
 * from assistive technology, so the roles are written out.
 */

/** A table that is named by `aria-label` or a caption. */
export function Table({ className, ...props }: ComponentProps<"table">) {
  return (
    <div data-slot="table-wrap" className="relative w-full overflow-x-auto rounded-lg border border-border bg-surface">
      <table role="table" data-slot="table" className={cn("w-full border-collapse text-sm", className)} {...props} />
    </div>
  );
}

export function TableHeader({ className, ...props }: ComponentProps<"thead">) {
  return <thead role="rowgroup" data-slot="table-header" className={cn("border-b border-border bg-sunken", className)} {...props} />;
}

export function TableBody({ className, ...props }: ComponentProps<"tbody">) {
  return <tbody role="rowgroup" data-slot="table-body" className={cn("[&>tr:last-child]:border-0", className)} {...props} />;
}

export function TableRow({ className, ...props }: ComponentProps<"tr">) {
  return <tr role="row" data-slot="table-row" className={cn("border-b border-border", className)} {...props} />;
}

export function TableHead({ className, numeric = false, ...props }: ComponentProps<"th"> & { numeric?: boolean }) {
  return (
    <th
      scope="col"
      role="columnheader"
      className={cn("h-10 px-4 text-start font-medium whitespace-nowrap text-muted", numeric && "text-end", className)}
      {...props}
    />
  );
}

interface TableCellProps extends ComponentProps<"td"> {
  /** The column's name, shown beside the value on phones. Leave out for the first column. */
  label?: string;
  numeric?: boolean;
  /** On phones the value stands below its name, over the full width. */
  stack?: boolean;
  /** Holds the row's menu: on phones at the card's corner. */
  menu?: boolean;
}

export function TableCell({ className, label, numeric = false, stack = false, menu = false, ...props }: TableCellProps) {
  return (
    <td
      role="cell"
      data-slot="table-cell"
      data-label={label}
      data-stack={stack || undefined}
      data-menu={menu || undefined}
      className={cn("h-12 px-4 py-2 align-middle first:min-w-40", numeric && "text-end", menu && "w-12 px-2 text-end", className)}
      {...props}
    />
  );
}
