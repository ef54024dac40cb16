import { clearsSecrets, type ConnectorConfig, type Described, mergeSecrets, secretFieldsOf } from "#lib/connectors/fields.ts";
import { InvalidInputError } from "#lib/errors.ts";

/**
 * Parses a configuration as the person sent it, with stored secrets where it brings none. When it goes to another
 * address than the stored one, stored secrets are not used: they must be typed again.
 * Throws InvalidInputError with a message per field, at "config.<field>".
 */
export function parseConfig(
  connector: Described,
  given: ConnectorConfig,
  stored?: { config: ConnectorConfig; secrets: Record<string, string> },
): ConnectorConfig {
  const moved = stored !== undefined && clearsSecrets(connector, stored.config, given);
  const candidate = stored && !moved ? mergeSecrets(connector, given, stored.secrets) : given;
  const parsed = connector.config.safeParse(candidate);
  if (parsed.success) return parsed.data as ConnectorConfig;
  const secrets = new Set(secretFieldsOf(connector));
  const errors = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    const mustRetype = moved && secrets.has(name);
    const absent = issue.code === "invalid_type" && candidate[name] === undefined;
    return {
      path: ["config", ...issue.path].join("."),
      message: mustRetype
        ? "The address changed, so the stored secret was set aside: type it again."
        : absent
          ? "Fill this in."
          : issue.message,
    };
  });
  throw new InvalidInputError("The connection's settings are not right; each problem is named beside its field.", errors);
}
