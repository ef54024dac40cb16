"use client";

import { CircleAlert } from "lucide-react";
import { type ReactNode, useId, useMemo } from "react";
import { cn } from "#components/ui/class-names.ts";
import { FieldContext } from "#components/ui/field-context.ts";
import { Label } from "#components/ui/label.tsx";

interface FieldProps {
  label: ReactNode;
  help?: ReactNode;
  /** One sentence: what is wrong and how to mend it. */
  error?: string | undefined;
  required?: boolean;
  /** Said after the label of what may stay empty. On by default for everything not required. */
  optionalHint?: boolean;
  /** A control that takes no label's click (a group of choices): the label then names it by aria-labelledby. */
  group?: boolean;
  className?: string;
  children: ReactNode;
}

/** Label, control, help and error, wired together. The control inside needs no id. */
export function Field({ label, help, error, required = false, optionalHint = !required, group = false, className, children }: FieldProps) {
  const id = useId();
  const invalid = error !== undefined && error !== "";
  const describedBy = [invalid && `${id}-error`, help !== undefined && `${id}-help`].filter(Boolean).join(" ");
  const value = useMemo(
    () => ({ id, describedBy: describedBy === "" ? undefined : describedBy, invalid, required }),
    [id, describedBy, invalid, required],
  );
  const name = (
    <>
      {label}
      {optionalHint && <span className="font-normal text-muted"> (optional)</span>}
    </>
  );
  return (
    <FieldContext value={value}>
      <div
        className={cn("flex flex-col gap-1.5", className)}
        {...(group ? { role: "group", "aria-labelledby": `${id}-label`, "aria-describedby": value.describedBy } : {})}
      >
        {group ? (
          <span id={`${id}-label`} className="text-sm font-medium">
            {name}
          </span>
        ) : (
          <Label htmlFor={id}>{name}</Label>
        )}
        {children}
        {invalid && <FieldError id={`${id}-error`}>{error}</FieldError>}
        {help !== undefined && (
          <p id={`${id}-help`} className="text-sm text-pretty text-muted">
            {help}
          </p>
        )}
      </div>
    </FieldContext>
  );
}

/** The sentence beside a field that is wrong. */
export function FieldError({ id, children }: { id?: string; children: ReactNode }) {
  return (
    <p id={id} className="flex gap-1.5 text-sm text-red-text">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-red" />
      <span>{children}</span>
    </p>
  );
}
