"use client";

import { cva, type VariantProps } from "class-variance-authority";
import { LoaderCircle } from "lucide-react";
import { Slot } from "radix-ui";
import type { ComponentProps, MouseEvent } from "react";
import { cn } from "#components/ui/class-names.ts";

interface ButtonProps extends ComponentProps<"button">, VariantProps<typeof buttonClass> {
  /** Give the looks to the single child instead (a link). */
  asChild?: boolean;
  /** Work is under way: shows it, keeps the focus, ignores clicks. */
  pending?: boolean;
}

/** A verb with its object. `size="icon"` needs an `aria-label`. Type is "button" unless told otherwise. */
export function Button({ variant, size, asChild = false, pending = false, className, children, onClick, ...props }: ButtonProps) {
  const classes = cn(buttonClass({ variant, size }), className);
  if (asChild) {
    return (
      <Slot.Root className={classes} {...(onClick ? { onClick } : {})} {...props}>
        {children}
      </Slot.Root>
    );
  }
  const click = (event: MouseEvent<HTMLButtonElement>) => {
    if (pending) event.preventDefault();
    else onClick?.(event);
  };
  return (
    <button
      type="button"
      className={classes}
      onClick={click}
      aria-disabled={pending || undefined}
      aria-busy={pending || undefined}
      {...props}
    >
      {pending && <LoaderCircle aria-hidden className="size-4 motion-safe:animate-turn" />}
      {pending && size === "icon" ? null : children}
    </button>
  );
}

const buttonClass = cva(
  [
    "inline-flex shrink-0 items-center justify-center gap-2 rounded-lg border text-sm font-medium whitespace-nowrap select-none",
    "transition-colors duration-100 [&_svg]:size-4 [&_svg]:shrink-0",
    "disabled:opacity-50 aria-disabled:opacity-80 pointer-coarse:min-h-10 pointer-coarse:min-w-10",
  ],
  {
    variants: {
      variant: {
        primary: "border-transparent bg-accent text-on-accent hover:bg-accent-strong",
        secondary: "border-border bg-surface text-foreground hover:border-grey-line hover:bg-sunken",
        ghost: "border-transparent bg-transparent text-foreground hover:bg-grey-soft",
        danger: "border-transparent bg-danger text-on-danger hover:bg-danger-strong",
      },
      size: {
        sm: "h-8 px-3",
        md: "h-9 px-4",
        lg: "h-10 px-5",
        icon: "size-9 p-0",
      },
    },
    defaultVariants: { variant: "secondary", size: "md" },
  },
);
