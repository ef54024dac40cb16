import type { ComponentProps } from "react";
import { cn } from "#components/ui/class-names.ts";

/** The name of a control. Inside a Field use its `label` instead. */
export function Label({ className, ...props }: ComponentProps<"label">) {
  return <label className={cn("text-sm font-medium text-foreground", className)} {...props} />;
}
