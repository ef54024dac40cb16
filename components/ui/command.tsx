"use client";

import { Command as Primitive } from "cmdk";
import { Search } from "lucide-react";
import { Dialog } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import { overlayClass } from "#components/ui/overlay-class.ts";

interface CommandDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** What can be found here. */
  label: string;
  placeholder: string;
  children: ReactNode;
}

/** A list one filters by typing. */
export function CommandDialog({ open, onOpenChange, label, placeholder, children }: CommandDialogProps) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className={overlayClass} />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed top-[12dvh] left-1/2 z-50 w-[calc(100vw-2rem)] max-w-xl -translate-x-1/2 overflow-hidden rounded-lg border border-border bg-raised shadow-raised motion-safe:animate-enter"
        >
          <Dialog.Title className="sr-only">{label}</Dialog.Title>
          <Primitive label={label} loop>
            <div className="flex items-center gap-3 border-b border-border px-4">
              <Search aria-hidden className="size-4 shrink-0 text-muted" />
              <Primitive.Input placeholder={placeholder} className="h-12 w-full bg-transparent text-base outline-none" />
            </div>
            <Primitive.List className="max-h-[min(24rem,60dvh)] scroll-py-2 overflow-y-auto p-2">
              <Primitive.Empty className="px-2.5 py-8 text-center text-sm text-muted">Nothing matches. Try fewer letters.</Primitive.Empty>
              {children}
            </Primitive.List>
          </Primitive>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

export function CommandGroup(props: ComponentProps<typeof Primitive.Group>) {
  return (
    <Primitive.Group
      className="py-1 text-sm [&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-muted"
      {...props}
    />
  );
}

export function CommandItem(props: ComponentProps<typeof Primitive.Item>) {
  return (
    <Primitive.Item
      className="flex min-h-9 cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-1.5 data-[selected=true]:bg-grey-soft pointer-coarse:min-h-10 [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-muted"
      {...props}
    />
  );
}
