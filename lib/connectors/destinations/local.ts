import path from "node:path";
import { z } from "zod";
import type { ConnectorContext, DestinationConnector } from "#lib/connectors/connector.ts";
import { resolveInsideRoots } from "#lib/connectors/local/inside-roots.ts";
import { openLocalSession } from "#lib/connectors/local/session.ts";

export type LocalConfig = z.infer<typeof config>;

const config = z.object({
  path: z
    .string()
    .trim()
    .min(1, "Name a folder.")
    .refine((value) => !value.includes("\0"), "A path cannot hold a null character.")
    .meta({
      label: "Folder",
      help: "A name such as “backups” lies in this tenant's own folder on the machine that runs Holdfast.",
      placeholder: "backups",
      address: true,
    }),
});

/** A folder on the machine that runs Holdfast, inside the roots that its operator allows. */
export const local: DestinationConnector<LocalConfig> = {
  kind: "local",
  label: "Folder on this machine",
  description: "Keeps archives in a folder of the machine that runs Holdfast. Quick, but lost together with that machine.",
  config,
  async open({ path: wanted }: LocalConfig, context: ConnectorContext) {
    // A relative folder is ours to make; an absolute one that is not there may be a disk that is not mounted.
    const folder = await resolveInsideRoots(wanted, context.localRoots, { create: !path.isAbsolute(wanted) });
    return openLocalSession(folder, context.signal);
  },
};
