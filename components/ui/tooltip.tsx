"use client";

import { Tooltip as Primitive } from "radix-ui";
import type { ReactNode } from "react";

/** Once, around the whole product. */
export function TooltipProvider({ children }: { children: ReactNode }) {
  return <Primitive.Provider delayDuration={250}>{children}</Primitive.Provider>;
}

interface TooltipProps {
  content: ReactNode;
  side?: "top" | "right" | "bottom" | "left";
  /** Controlled, for a tooltip that something else opens. */
  open?: boolean;
  /** What is explained; it must be able to take the focus. */
  children: ReactNode;
}

/** A few words on hover and focus. Never the only place of something that one must know. */
export function Tooltip({ content, side = "top", open, children }: TooltipProps) {
  return (
    <Primitive.Root {...(open === undefined ? {} : { open })}>
      <Primitive.Trigger asChild>{children}</Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-72 rounded-md bg-foreground px-2.5 py-1.5 text-sm text-background shadow-raised motion-safe:animate-enter"
        >
          {content}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
