import picomatch from "picomatch";
import { z } from "zod";
import type { FieldMeta } from "#lib/connectors/connector.ts";
import { requireCredential, sshFields } from "#lib/connectors/sftp/connection-fields.ts";

export type FolderConfig = z.infer<typeof folderConfig>;

const field = (meta: FieldMeta) => ({ ...meta });

const globs = z
  .array(z.string().trim().min(1, "Leave no pattern empty."))
  .max(200, "At most 200 patterns.")
  .refine(
    (patterns) => patterns.every((pattern) => !pattern.startsWith("/")),
    "Patterns are relative to the folder: leave out the leading slash.",
  )
  .refine((patterns) => patterns.every(isGlob), "One of the patterns cannot be understood.")
  .default([]);

export const folderConfig = z
  .object({
    ...sshFields({ keyHelp: "A key that may only read is enough for backups." }),
    path: z
      .string()
      .min(1, "Name the folder.")
      .max(4096, "At most 4096 characters.")
      .refine((value) => !value.includes("\0"), "A path cannot hold a null character.")
      .meta(field({ label: "Folder", placeholder: "/etc", help: "On the server; a relative one starts at the user's home." })),
    include: globs.meta(
      field({
        label: "Include",
        input: "list",
        placeholder: "**/*.conf",
        help: "Patterns relative to the folder. Empty takes everything.",
      }),
    ),
    exclude: globs.meta(field({ label: "Exclude", input: "list", placeholder: "cache/**", help: "Patterns relative to the folder." })),
  })
  .superRefine(requireCredential);

function isGlob(pattern: string): boolean {
  try {
    picomatch(pattern, { dot: true });
    return true;
  } catch {
    // Whatever the library finds wrong with it, the pattern is not one.
    return false;
  }
}
