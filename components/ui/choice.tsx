"use client";

import { type ReactNode, useId, useMemo } from "react";
import { FieldContext } from "#components/ui/field-context.ts";
import { FieldError } from "#components/ui/field.tsx";
import { Label } from "#components/ui/label.tsx";

interface ChoiceProps {
  label: ReactNode;
  help?: ReactNode;
  error?: string | undefined;
  /** The box or switch. */
  children: ReactNode;
}

/** A small control at the left and its words at the right; the words are part of what can be clicked. */
export function Choice({ label, help, error, children }: ChoiceProps) {
  const id = useId();
  const hasHelp = help !== undefined && help !== null;
  const invalid = error !== undefined && error !== "";
  const describedBy = [invalid && `${id}-error`, hasHelp && `${id}-help`].filter(Boolean).join(" ");
  const value = useMemo(
    () => ({ id, describedBy: describedBy === "" ? undefined : describedBy, invalid, required: false }),
    [id, describedBy, invalid],
  );
  return (
    <FieldContext value={value}>
      <div className="flex gap-3">
        <div className="flex h-5 items-center">{children}</div>
        <div className="flex min-w-0 flex-col gap-0.5">
          <Label htmlFor={id}>{label}</Label>
          {hasHelp && (
            <p id={`${id}-help`} className="text-sm text-pretty text-muted">
              {help}
            </p>
          )}
          {invalid && <FieldError id={`${id}-error`}>{error}</FieldError>}
        </div>
      </div>
    </FieldContext>
  );
}
