import { settledConfig } from "#lib/connectors/fields.ts";
import { getDestinationConnector } from "#lib/connectors/registry.ts";
import { setUpInput, setUpSchema } from "#lib/destinations/schemas.ts";
import { warningsOf } from "#lib/destinations/to-destination.ts";
import { operation } from "#lib/operation.ts";

export const describeSetUp = operation({
  name: "describeSetUp",
  summary:
    "What has to be set up where a destination is, with its own names filled in, and what to know of it. The form may be half filled in; secrets are not looked at.",
  http: { method: "POST", path: "/destinations/set-up" },
  permission: "destinations.write",
  input: setUpInput,
  output: setUpSchema,
  audit: "nothing: a text made of what was sent",
  run: (_db, _context, { kind, config }) => {
    const connector = getDestinationConnector(kind);
    return Promise.resolve({ warnings: warningsOf(connector, config), texts: connector.setUp?.(settledConfig(connector, config)) ?? [] });
  },
});
