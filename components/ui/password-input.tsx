"use client";

import { Eye, EyeOff } from "lucide-react";
import { type ComponentProps, useState } from "react";
import { cn } from "#components/ui/class-names.ts";
import { Input } from "#components/ui/input.tsx";

type PasswordInputProps = Omit<ComponentProps<"input">, "type" | "autoComplete"> & {
  /** "current-password", "new-password", or "off" for what is not the person's own. */
  autoComplete: "current-password" | "new-password" | "off";
};

/** A secret that can be looked at while it is typed. */
export function PasswordInput({ className, ...props }: PasswordInputProps) {
  const [shown, setShown] = useState(false);
  return (
    <div className="relative">
      <Input
        {...props}
        type={shown ? "text" : "password"}
        spellCheck={false}
        autoCapitalize="none"
        className={cn("pe-11", shown && "font-mono", className)}
      />
      <button
        type="button"
        aria-label={shown ? "Hide what is typed" : "Show what is typed"}
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
        className="absolute inset-y-0 end-0 flex w-10 items-center justify-center rounded-lg text-muted hover:text-foreground focus-visible:-outline-offset-2"
      >
        {shown ? <EyeOff aria-hidden className="size-4" /> : <Eye aria-hidden className="size-4" />}
      </button>
    </div>
  );
}
