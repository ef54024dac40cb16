import type { DestinationConnector, SystemConnector } from "#lib/connectors/connector.ts";
import { ftp } from "#lib/connectors/destinations/ftp.ts";
import { local } from "#lib/connectors/destinations/local.ts";
import { s3 } from "#lib/connectors/destinations/s3.ts";
import { sftp } from "#lib/connectors/destinations/sftp.ts";
import type { ConnectorConfig } from "#lib/connectors/fields.ts";
import { folder } from "#lib/connectors/systems/folder.ts";
import { tenantConfiguration } from "#lib/connectors/systems/tenant-configuration.ts";
import { InvalidInputError } from "#lib/errors.ts";

/** A configuration comes as what the connector's own `config` schema parsed. */
export type AnySystemConnector = SystemConnector<ConnectorConfig>;
export type AnyDestinationConnector = DestinationConnector<ConnectorConfig>;

/** The systems that can be backed up, by kind. */
export const systemConnectors: Readonly<Record<string, AnySystemConnector>> = {
  [tenantConfiguration.kind]: tenantConfiguration,
  [folder.kind]: folder,
};

/** Where backups can be kept, by kind. */
export const destinationConnectors: Readonly<Record<string, AnyDestinationConnector>> = {
  [local.kind]: local,
  [s3.kind]: s3,
  [sftp.kind]: sftp,
  [ftp.kind]: ftp,
};

/** Throws InvalidInputError when this installation has no connector of that kind. */
export function getSystemConnector(kind: string): AnySystemConnector {
  return pick(systemConnectors, kind, "system");
}

/** Throws InvalidInputError when this installation has no connector of that kind. */
export function getDestinationConnector(kind: string): AnyDestinationConnector {
  return pick(destinationConnectors, kind, "destination");
}

function pick<T>(connectors: Readonly<Record<string, T>>, kind: string, noun: string): T {
  const connector = Object.hasOwn(connectors, kind) ? connectors[kind] : undefined;
  if (connector) return connector;
  const known = Object.keys(connectors).join(", ");
  const message = `There is no ${noun} of the kind “${kind}” here; choose one of ${known}.`;
  throw new InvalidInputError(message, [{ path: "kind", message }], { code: "unknown-kind" });
}
