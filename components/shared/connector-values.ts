import type { FieldDescription } from "#lib/connectors/fields.ts";

/** A connector's configuration while it is being typed: every field has a value that its control can show. */
export type ConnectorValues = Record<string, string | number | boolean | string[]>;

/** What stands in the form at first: the stored configuration, else the defaults. Secrets are always empty. */
export function connectorValues(fields: readonly FieldDescription[], config: Record<string, unknown> = {}): ConnectorValues {
  return Object.fromEntries(fields.map((field) => [field.name, initialValue(field, field.secret ? undefined : config[field.name])]));
}

/**
 * What is sent: without hidden fields and without empty text, so that the server's own defaults and its "leave empty to
 * keep" apply. Numbers that cannot be read stay text, for the server to refuse beside the field.
 */
export function connectorConfig(fields: readonly FieldDescription[], values: Record<string, unknown>): Record<string, unknown> {
  const sent = fields
    .filter((field) => isShown(field, values, fields))
    .map((field) => [field.name, sentValue(field, values[field.name])] as const);
  return Object.fromEntries(sent.filter(([, value]) => value !== undefined));
}

/** Whether a field is to be seen, given what the others hold. What depends on a hidden field is hidden too. */
export function isShown({ showWhen }: FieldDescription, values: Record<string, unknown>, fields: readonly FieldDescription[]): boolean {
  if (showWhen === null) return true;
  const decisive = fields.find(({ name }) => name === showWhen.field);
  const isMet = [showWhen.equals].flat().includes(String(values[showWhen.field]));
  return isMet && (decisive === undefined || isShown(decisive, values, fields));
}

function initialValue(field: FieldDescription, stored: unknown): ConnectorValues[string] {
  const value = stored ?? field.default;
  if (field.input === "switch") return value === true;
  if (field.input === "list") return Array.isArray(value) ? value.map(String) : [];
  if (typeof value === "string" || typeof value === "number") return value;
  return "";
}

function sentValue(field: FieldDescription, value: unknown): unknown {
  if (field.input === "switch") return value === true;
  if (field.input === "list") return Array.isArray(value) ? value.map((line) => String(line).trim()).filter((line) => line !== "") : [];
  if (value === "" || value === null || value === undefined) return undefined;
  if (field.input === "number" && typeof value === "string" && Number.isFinite(Number(value))) return Number(value);
  return value;
}
