"use client";

import type { ComponentProps } from "react";
import { cn } from "#components/ui/class-names.ts";
import { controlClass } from "#components/ui/control-class.ts";
import { useFieldControl } from "#components/ui/field-context.ts";

/** One line of text. Inside a Field it takes its id, help and error from there. */
export function Input({ className, type = "text", ...props }: ComponentProps<"input">) {
  return <input type={type} className={cn(controlClass, "h-9 pointer-coarse:h-10", className)} {...props} {...useFieldControl(props)} />;
}
