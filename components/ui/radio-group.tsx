"use client";

import { RadioGroup as Primitive } from "radix-ui";
import { type ComponentProps, type ReactNode, useId } from "react";
import { cn } from "#components/ui/class-names.ts";
import { useFieldControl } from "#components/ui/field-context.ts";

/** One of several. Name it with a `Field group` around it, or `aria-label`. */
export function RadioGroup({ className, ...props }: ComponentProps<typeof Primitive.Root>) {
  const { id: _id, "aria-required": _required, ...wiring } = useFieldControl(props);
  return <Primitive.Root className={cn("grid gap-2", className)} {...props} {...wiring} />;
}

interface RadioCardProps {
  value: string;
  label: ReactNode;
  description?: ReactNode;
  /** At the right of the label: a badge, a mark. */
  aside?: ReactNode;
  disabled?: boolean;
  className?: string;
}

/** A choice with room to explain itself; the whole card can be clicked. */
export function RadioCard({ value, label, description, aside, disabled = false, className }: RadioCardProps) {
  const id = useId();
  return (
    <label
      htmlFor={id}
      className={cn(
        "flex gap-3 rounded-lg border border-border bg-surface p-4 transition-colors duration-100 hover:border-input",
        "has-data-[state=checked]:border-accent has-data-[state=checked]:bg-accent-soft",
        "has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-ring",
        disabled && "cursor-not-allowed opacity-60",
        className,
      )}
    >
      <Primitive.Item
        id={id}
        value={value}
        disabled={disabled}
        aria-labelledby={`${id}-label`}
        {...(description === undefined ? {} : { "aria-describedby": `${id}-description` })}
        className="mt-px flex size-[1.125rem] shrink-0 items-center justify-center rounded-full border border-input bg-surface outline-none data-[state=checked]:border-accent"
      >
        <Primitive.Indicator className="size-2 rounded-full bg-accent" />
      </Primitive.Item>
      <span className="flex min-w-0 flex-1 flex-col gap-0.5">
        <span className="flex flex-wrap items-center justify-between gap-2">
          <span id={`${id}-label`} className="text-sm font-medium">
            {label}
          </span>
          {aside}
        </span>
        {description !== undefined && (
          <span id={`${id}-description`} className="text-sm text-pretty text-muted">
            {description}
          </span>
        )}
      </span>
    </label>
  );
}
