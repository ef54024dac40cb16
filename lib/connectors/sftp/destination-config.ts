import { z } from "zod";
import type { FieldMeta } from "#lib/connectors/connector.ts";
import { requireCredential, sshFields } from "#lib/connectors/sftp/connection-fields.ts";

export type SftpDestinationConfig = z.infer<typeof sftpDestinationConfig>;

const field = (meta: FieldMeta) => ({ ...meta });

export const sftpDestinationConfig = z
  .object({
    ...sshFields({ keyHelp: "Best one for Holdfast alone, whose user can use SFTP and nothing else." }),
    path: z
      .string()
      .min(1, "Name the folder.")
      .max(1024, "At most 1024 characters.")
      .refine((value) => !/\p{Cc}/u.test(value), "A path cannot hold control characters.")
      .meta(
        field({
          label: "Folder",
          placeholder: "/srv/holdfast",
          help: "On the server; it must exist already. A relative one starts at the user's home.",
          address: true,
        }),
      ),
  })
  .superRefine(requireCredential);
