import path from "node:path";
import { type ConnectorConfig, describeFields, type Described } from "#lib/connectors/fields.ts";

/** Fields that say where things lie, although another value of them reaches the same server. */
const PLACES = new Set(["bucket", "prefix", "folder", "path"]);

/** Fields of an address that say how its server is believed, not where it is. */
const SETTINGS = new Set(["tlsTrust"]);

/**
 * Where a destination is, for a person without Holdfast: its host, bucket or folder, as its form names them. No secret, and nothing that is only a
 * setting. A folder of this machine is written in full, from the first of the tenant's `localRoots`.
 */
export function describePlace(
  connector: Described,
  config: ConnectorConfig,
  localRoots: readonly string[],
): { label: string; value: string }[] {
  return describeFields(connector)
    .filter((field) => !field.secret && !field.observed && !SETTINGS.has(field.name) && (field.address || PLACES.has(field.name)))
    .flatMap(({ name, label, options }) => {
      const value = config[name];
      if ((typeof value !== "string" && typeof value !== "number") || value === "") return [];
      if (connector.kind === "local") return [{ label, value: path.resolve(localRoots[0] ?? "", String(value)) }];
      return [{ label, value: options.find((option) => option.value === value)?.label ?? String(value) }];
    });
}
