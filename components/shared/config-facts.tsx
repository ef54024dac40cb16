import type { ReactNode } from "react";
import { isShown } from "#components/shared/connector-values.ts";
import { Description } from "#components/ui/description-list.tsx";
import { Mono } from "#components/ui/mono.tsx";
import type { FieldDescription } from "#lib/connectors/fields.ts";

interface ConfigFactsProps {
  fields: readonly FieldDescription[];
  config: Record<string, unknown>;
  storedSecrets: readonly string[];
}

/** A connection's settings as facts, inside a DescriptionList. Of secrets, only whether they are stored. */
export function ConfigFacts({ fields, config, storedSecrets }: ConfigFactsProps) {
  return fields
    .filter((field) => isShown(field, config, fields) && (!field.secret || storedSecrets.includes(field.name)))
    .map((field) => (
      <Description key={field.name} term={field.label}>
        {field.secret ? "Stored, sealed" : valueOf(field, config[field.name])}
      </Description>
    ));
}

function valueOf(field: FieldDescription, value: unknown): ReactNode {
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (Array.isArray(value)) return value.length === 0 ? <NotSet /> : value.map((line) => <Line key={String(line)} text={String(line)} />);
  if (typeof value !== "string" && typeof value !== "number") return <NotSet />;
  const option = field.options.find((each) => each.value === String(value));
  if (option) return option.label;
  if (value === "") return <NotSet />;
  return field.observed ? <Mono value={String(value)} what={field.label.toLowerCase()} shorten={false} /> : String(value);
}

function Line({ text }: { text: string }) {
  return <code className="block font-mono text-[0.9em]">{text}</code>;
}

function NotSet() {
  return <span className="text-muted">Not set</span>;
}
