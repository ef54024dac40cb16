import { z } from "zod";
import { describeFields } from "#lib/connectors/fields.ts";
import {
  type AnyDestinationConnector,
  type AnySystemConnector,
  destinationConnectors,
  systemConnectors,
} from "#lib/connectors/registry.ts";
import { operation } from "#lib/operation.ts";
import { connectorSchema } from "#lib/systems/schemas.ts";

export const listConnectors = operation({
  name: "listConnectors",
  summary: "The kinds of systems and destinations this installation can connect, with the fields of their forms.",
  http: { method: "GET", path: "/connectors" },
  permission: "systems.read",
  input: z.object({}),
  output: z.object({ systems: z.array(connectorSchema), destinations: z.array(connectorSchema) }),
  audit: "nothing: it is the same for everybody",
  run: () =>
    Promise.resolve({
      systems: Object.values(systemConnectors).map(describe),
      destinations: Object.values(destinationConnectors).map(describe),
    }),
});

function describe(connector: AnySystemConnector | AnyDestinationConnector) {
  const { kind, label, description } = connector;
  const notInBackup = "notInBackup" in connector ? [...connector.notInBackup] : [];
  return { kind, label, description, notInBackup, fields: describeFields(connector) };
}
