"use client";

import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { cn } from "#components/ui/class-names.ts";

interface CopyButtonProps {
  /** What goes to the clipboard. */
  value: string;
  /** What it is: "link", "backup id". */
  what: string;
  /** Show "Copy link" beside the icon. */
  withText?: boolean;
  className?: string;
}

/** Copies a text and says so. */
export function CopyButton({ value, what, withText = false, className }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<"idle" | "copied" | "refused">("idle");
  useEffect(() => {
    if (outcome === "idle") return;
    const timer = setTimeout(() => setOutcome("idle"), 2000);
    return () => clearTimeout(timer);
  }, [outcome]);

  const copy = () =>
    navigator.clipboard.writeText(value).then(
      () => setOutcome("copied"),
      () => setOutcome("refused"),
    );
  const words = { idle: `Copy ${what}`, copied: "Copied", refused: "The browser refused to copy" }[outcome];
  const Icon = outcome === "copied" ? Check : Copy;
  return (
    <Button
      variant={withText ? "secondary" : "ghost"}
      size={withText ? "md" : "icon"}
      className={cn(!withText && "size-7 text-muted", className)}
      onClick={() => void copy()}
      {...(withText ? {} : { "aria-label": words, title: words })}
    >
      <Icon aria-hidden />
      {withText && words}
      <span role="status" className="sr-only">
        {outcome === "idle" ? "" : words}
      </span>
    </Button>
  );
}
