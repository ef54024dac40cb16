"use client";

import type { ComponentProps } from "react";
import { cn } from "#components/ui/class-names.ts";
import { controlClass } from "#components/ui/control-class.ts";
import { useFieldControl } from "#components/ui/field-context.ts";

/** Several lines of text; grows with them up to a limit. */
export function Textarea({ className, rows = 3, ...props }: ComponentProps<"textarea">) {
  return (
    <textarea
      rows={rows}
      className={cn(controlClass, "field-sizing-content max-h-80 min-h-20 resize-y py-2", className)}
      {...props}
      {...useFieldControl(props)}
    />
  );
}
