import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Connector, FieldMeta } from "#lib/connectors/connector.ts";

/** One input of a connector's form, as plain JSON for the browser. */
export interface FieldDescription {
  name: string;
  label: string;
  help: string | null;
  placeholder: string | null;
  input: NonNullable<FieldMeta["input"]>;
  options: { value: string; label: string }[];
  secret: boolean;
  address: boolean;
  observed: boolean;
  showWhen: { field: string; equals: string | string[] } | null;
  required: boolean;
  /** What stands there before anybody types; null when nothing does. */
  default: unknown;
}

/** What these functions need of a connector; any `Connector<Config>` will do. */
export type Described = Pick<Connector<unknown>, "kind" | "config">;

export type ConnectorConfig = Record<string, unknown>;

/** The form of a connector, in the order of its schema. Throws TypeError when a field of the schema carries no FieldMeta. */
export function describeFields(connector: Described): FieldDescription[] {
  return Object.entries(shapeOf(connector)).map(([name, schema]) => {
    const meta = metaOf(connector, name, schema);
    const absent = schema.safeParse(undefined);
    return {
      name,
      label: meta.label,
      help: meta.help ?? null,
      placeholder: meta.placeholder ?? null,
      input: meta.input ?? (meta.options ? "select" : meta.secret ? "password" : "text"),
      options: meta.options ?? [],
      secret: meta.secret ?? false,
      address: meta.address ?? false,
      observed: meta.observed ?? false,
      showWhen: meta.showWhen ?? null,
      required: !absent.success,
      default: absent.success ? (absent.data ?? null) : null,
    };
  });
}

/** Names of the fields that are sealed at rest. */
export function secretFieldsOf(connector: Described): string[] {
  return fieldsWith(connector, "secret");
}

/** Names of the fields that say where a connection goes to, pinned keys included. */
export function addressFieldsOf(connector: Described): string[] {
  return fieldsWith(connector, "address");
}

/** Takes the secrets out of a parsed configuration; fields without a value are left out of `secrets`. */
export function splitSecrets(connector: Described, config: ConnectorConfig): { config: ConnectorConfig; secrets: Record<string, string> } {
  const names = new Set(secretFieldsOf(connector));
  const entries = Object.entries(config);
  return {
    config: Object.fromEntries(entries.filter(([name]) => !names.has(name))),
    secrets: Object.fromEntries(
      entries.filter((entry): entry is [string, string] => names.has(entry[0]) && typeof entry[1] === "string" && entry[1] !== ""),
    ),
  };
}

/** Puts stored secrets into a configuration wherever it brings none of its own. The result is yet to be parsed. */
export function mergeSecrets(connector: Described, config: ConnectorConfig, secrets: Record<string, string>): ConnectorConfig {
  const merged: ConnectorConfig = { ...config };
  for (const name of secretFieldsOf(connector)) {
    if (secrets[name] !== undefined && blankAsAbsent(config[name]) === undefined) merged[name] = secrets[name];
  }
  return merged;
}

/** Whether a change from `before` to `after` goes to another address, so that the stored secrets must be typed again. */
export function clearsSecrets(connector: Described, before: ConnectorConfig, after: ConnectorConfig): boolean {
  return addressFieldsOf(connector).some((name) => !isDeepStrictEqual(blankAsAbsent(before[name]), blankAsAbsent(after[name])));
}

/**
 * What of a form that is not filled in yet can be told from: each field's value where it parses, else its default, else nothing. Secrets are left out, whether
 * they are typed or not.
 */
export function settledConfig(connector: Described, given: ConnectorConfig): ConnectorConfig {
  const secrets = new Set(secretFieldsOf(connector));
  const settled = Object.entries(shapeOf(connector)).flatMap(([name, schema]) => {
    const parsed = [given[name], undefined].map((value) => schema.safeParse(value)).find(({ success }) => success);
    return secrets.has(name) || parsed?.data === undefined ? [] : [[name, parsed.data] as const];
  });
  return Object.fromEntries(settled);
}

function blankAsAbsent(value: unknown): unknown {
  return value === "" || value === null ? undefined : value;
}

function fieldsWith(connector: Described, flag: "secret" | "address"): string[] {
  return Object.entries(shapeOf(connector))
    .filter(([name, schema]) => metaOf(connector, name, schema)[flag])
    .map(([name]) => name);
}

function shapeOf(connector: Described): Record<string, z.ZodType> {
  if (!(connector.config instanceof z.ZodObject)) throw new TypeError(`The configuration of "${connector.kind}" is not an object.`);
  return connector.config.shape;
}

function metaOf(connector: Described, name: string, schema: z.ZodType): FieldMeta {
  const meta: unknown = schema.meta();
  if (!isFieldMeta(meta)) throw new TypeError(`The field "${name}" of "${connector.kind}" has no label; .meta() belongs last.`);
  return meta;
}

function isFieldMeta(meta: unknown): meta is FieldMeta {
  return typeof meta === "object" && meta !== null && "label" in meta && typeof meta.label === "string";
}
