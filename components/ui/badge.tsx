import type { ComponentProps } from "react";
import { cn } from "#components/ui/class-names.ts";
import { type Tone, toneBox } from "#components/ui/tone.ts";

/** A short word in a tinted box. */
export function Badge({ tone = "grey", className, ...props }: ComponentProps<"span"> & { tone?: Tone }) {
  return (
    <span
      className={cn(
        "inline-flex h-6 shrink-0 items-center gap-1.5 rounded-md border px-2 text-sm font-medium whitespace-nowrap [&_svg]:size-4",
        toneBox[tone],
        className,
      )}
      {...props}
    />
  );
}
