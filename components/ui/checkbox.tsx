"use client";

import { Check, Minus } from "lucide-react";
import { Checkbox as Primitive } from "radix-ui";
import type { ComponentProps } from "react";
import { Choice } from "#components/ui/choice.tsx";
import { cn } from "#components/ui/class-names.ts";
import { useFieldControl } from "#components/ui/field-context.ts";

type CheckboxProps = ComponentProps<typeof Primitive.Root>;

/** The box alone; its words come from the field around it. */
function Checkbox({ className, ...props }: CheckboxProps) {
  return (
    <Primitive.Root
      className={cn(
        "group relative flex size-5 shrink-0 items-center justify-center rounded-sm border border-input bg-surface text-on-accent",
        "after:absolute hover:border-muted data-disabled:opacity-50 pointer-coarse:after:-inset-2.5",
        "data-[state=checked]:border-accent data-[state=checked]:bg-accent data-[state=indeterminate]:border-accent data-[state=indeterminate]:bg-accent",
        "aria-invalid:border-red",
        className,
      )}
      {...props}
      {...useFieldControl(props)}
    >
      <Primitive.Indicator>
        <Check aria-hidden strokeWidth={3} className="size-3.5 group-data-[state=indeterminate]:hidden" />
        <Minus aria-hidden strokeWidth={3} className="hidden size-3.5 group-data-[state=indeterminate]:block" />
      </Primitive.Indicator>
    </Primitive.Root>
  );
}

/** A box with its words at the right. */
export function CheckboxField({
  label,
  help,
  error,
  ...props
}: CheckboxProps & { label: React.ReactNode; help?: React.ReactNode; error?: string | undefined }) {
  return (
    <Choice label={label} help={help} error={error}>
      <Checkbox {...props} />
    </Choice>
  );
}
