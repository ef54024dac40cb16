"use client";

import type { ControllerRenderProps } from "react-hook-form";
import { Input } from "#components/ui/input.tsx";
import { PasswordInput } from "#components/ui/password-input.tsx";
import { Select } from "#components/ui/select.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import type { FieldDescription } from "#lib/connectors/fields.ts";

interface ConnectorControlProps {
  field: FieldDescription;
  control: ControllerRenderProps;
  /** A secret is stored and kept when this stays empty. */
  stored: boolean;
}

/** The control for one kind of input. */
export function ConnectorControl({ field, control, stored }: ConnectorControlProps) {
  const value: unknown = control.value;
  const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
  const shared = {
    ...control,
    value: text,
    placeholder: stored ? "••••••••" : (field.placeholder ?? undefined),
    autoComplete: "off",
    spellCheck: false,
  };
  if (field.observed) return <Input {...shared} readOnly placeholder="Validate fills this in" className="font-mono" />;
  switch (field.input) {
    case "select":
      return <Select {...control} value={text} options={field.options} {...(field.default === null ? { placeholder: "Choose" } : {})} />;
    case "list":
      return (
        <Textarea
          {...shared}
          value={linesOf(value)}
          onChange={(event) => control.onChange(event.target.value.split("\n"))}
          className="font-mono"
        />
      );
    case "textarea":
      return <Textarea {...shared} className="font-mono" />;
    case "password":
      return <PasswordInput {...shared} autoComplete="off" />;
    case "number":
      return <Input {...shared} inputMode="numeric" className="max-w-40" />;
    default:
      return <Input {...shared} />;
  }
}

function linesOf(value: unknown): string {
  return Array.isArray(value) ? value.join("\n") : "";
}
