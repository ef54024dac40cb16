"use client";

import { Controller, useFormContext, useFormState, useWatch } from "react-hook-form";
import { ConnectorControl } from "#components/shared/connector-control.tsx";
import { isShown } from "#components/shared/connector-values.ts";
import { FormField } from "#components/ui/form.tsx";
import { SwitchField } from "#components/ui/switch.tsx";
import type { FieldDescription } from "#lib/connectors/fields.ts";

interface ConnectorFormProps {
  fields: readonly FieldDescription[];
  /** Names of the secret fields that already have a stored value. */
  storedSecrets?: readonly string[];
  /** Where the configuration lies in the form's values, as in the API's error paths. */
  prefix?: string;
}

/** The fields of a connector, drawn from its own schema. Stands inside a `Form` whose values have `connectorValues(fields)` at `prefix`. */
export function ConnectorForm({ fields, storedSecrets = [], prefix = "config" }: ConnectorFormProps) {
  const { control } = useFormContext();
  const values = (useWatch({ control, name: prefix }) ?? {}) as Record<string, unknown>;
  const { dirtyFields } = useFormState({ control });
  const dirty = (dirtyFields[prefix] ?? {}) as Record<string, unknown>;
  const addressChanged = fields.some((field) => field.address && isDirty(dirty[field.name]));
  return fields
    .filter((field) => isShown(field, values, fields))
    .map((field) => (
      <ConnectorField
        key={field.name}
        field={field}
        name={`${prefix}.${field.name}`}
        secret={!field.secret || !storedSecrets.includes(field.name) ? "none" : addressChanged ? "cleared" : "stored"}
      />
    ));
}

interface ConnectorFieldProps {
  field: FieldDescription;
  name: string;
  /** "stored": empty keeps it. "cleared": it was stored, but the address changes and takes it away. */
  secret: "none" | "stored" | "cleared";
}

function ConnectorField({ field, name, secret }: ConnectorFieldProps) {
  const form = useFormContext();
  if (field.input === "switch") return <ConnectorSwitch field={field} name={name} />;
  return (
    <FormField
      form={form}
      name={name}
      label={field.label}
      help={helpOf(field, secret)}
      required={field.required && secret !== "stored"}
      // What depends on another field may be needed by it: its own message says so.
      optionalHint={!field.required && !field.observed && field.default === null && field.showWhen === null && secret === "none"}
    >
      {(control) => <ConnectorControl field={field} control={control} stored={secret === "stored"} />}
    </FormField>
  );
}

function ConnectorSwitch({ field, name }: { field: FieldDescription; name: string }) {
  const { control } = useFormContext();
  return (
    <Controller
      control={control}
      name={name}
      render={({ field: { value, onChange, ...rest }, fieldState }) => (
        <SwitchField
          {...rest}
          label={field.label}
          help={field.help ?? undefined}
          error={fieldState.error?.message}
          checked={value === true}
          onCheckedChange={onChange}
        />
      )}
    />
  );
}

function helpOf(field: FieldDescription, secret: ConnectorFieldProps["secret"]) {
  const extra = {
    none: field.input === "list" ? "One per line." : "",
    stored: "Stored; leave empty to keep it.",
    cleared: "The address changes, so the stored value does not go along: type it again.",
  }[secret];
  const words = [field.help ?? "", extra].filter((part) => part !== "").join(" ");
  return words === "" ? undefined : words;
}

/** react-hook-form marks a changed list as an array of flags. */
function isDirty(flag: unknown): boolean {
  return Array.isArray(flag) ? flag.some(isDirty) : flag === true;
}
