"use client";

import { useRef } from "react";

/**
 * For a dialog that is opened by state and not by a trigger of its own: gives the focus back to where it was before.
 * When that was an item of a menu, which is gone by then, its button gets it.
 */
export function useReturnFocus() {
  const origin = useRef<HTMLElement | null>(null);
  return {
    onOpenAutoFocus: () => {
      origin.current = originOf(document.activeElement);
    },
    onCloseAutoFocus: (event: Event) => {
      if (!origin.current?.isConnected) return;
      event.preventDefault();
      origin.current.focus();
    },
  };
}

function originOf(focused: Element | null): HTMLElement | null {
  const buttonId = focused?.closest("[role=menu]")?.getAttribute("aria-labelledby") ?? null;
  const origin = buttonId === null ? focused : document.getElementById(buttonId);
  return origin instanceof HTMLElement && origin !== document.body ? origin : null;
}
