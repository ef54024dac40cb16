"use client";

import { X } from "lucide-react";
import { Dialog as Primitive } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import { Button } from "#components/ui/button.tsx";
import { cn } from "#components/ui/class-names.ts";
import { overlayClass } from "#components/ui/overlay-class.ts";

export const Sheet = Primitive.Root;
export const SheetTrigger = Primitive.Trigger;

interface SheetContentProps extends Omit<ComponentProps<typeof Primitive.Content>, "title"> {
  title: ReactNode;
  side?: "left" | "right";
  /** Keep the title for screen readers only. */
  titleHidden?: boolean;
}

/** A panel from the edge; keeps the focus, closes with Escape. */
export function SheetContent({ title, side = "right", titleHidden = false, className, children, ...props }: SheetContentProps) {
  return (
    <Primitive.Portal>
      <Primitive.Overlay className={overlayClass} />
      <Primitive.Content
        aria-describedby={undefined}
        className={cn(
          "fixed inset-y-0 z-50 flex w-[min(22rem,calc(100vw-3rem))] flex-col overflow-y-auto border-border bg-raised shadow-raised",
          side === "left" ? "left-0 border-e motion-safe:animate-enter-left" : "right-0 border-s motion-safe:animate-enter-right",
          className,
        )}
        {...props}
      >
        <Primitive.Title className={titleHidden ? "sr-only" : "px-6 pt-5 pb-2 text-lg font-semibold"}>{title}</Primitive.Title>
        {children}
        <Primitive.Close asChild>
          <Button variant="ghost" size="icon" aria-label="Close" className="absolute end-3 top-3">
            <X aria-hidden />
          </Button>
        </Primitive.Close>
      </Primitive.Content>
    </Primitive.Portal>
  );
}
