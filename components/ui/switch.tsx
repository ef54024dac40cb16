"use client";

import { Switch as Primitive } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import { Choice } from "#components/ui/choice.tsx";
import { cn } from "#components/ui/class-names.ts";
import { useFieldControl } from "#components/ui/field-context.ts";

type SwitchProps = ComponentProps<typeof Primitive.Root>;

/** On or off. It needs a name: a `SwitchField`, a Field around it, or `aria-label`. */
export function Switch({ className, ...props }: SwitchProps) {
  return (
    <Primitive.Root
      className={cn(
        "relative inline-flex h-5 w-9 shrink-0 items-center rounded-full border border-input bg-grey-soft transition-colors duration-100",
        "after:absolute data-disabled:opacity-50 data-[state=checked]:border-accent data-[state=checked]:bg-accent pointer-coarse:after:-inset-2.5",
        className,
      )}
      {...props}
      {...useFieldControl(props)}
    >
      <Primitive.Thumb className="block size-3.5 translate-x-0.5 rounded-full bg-grey transition-transform duration-100 data-[state=checked]:translate-x-[1.125rem] data-[state=checked]:bg-on-accent" />
    </Primitive.Root>
  );
}

/** A switch with its words at the right. */
export function SwitchField({
  label,
  help,
  error,
  ...props
}: SwitchProps & { label: ReactNode; help?: ReactNode; error?: string | undefined }) {
  return (
    <Choice label={label} help={help} error={error}>
      <Switch {...props} />
    </Choice>
  );
}
