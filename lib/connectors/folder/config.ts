import picomatch from "picomatch";
import { z } from "zod";
import type { FieldMeta } from "#lib/connectors/connector.ts";
import { parsePinnedHostKey } from "#lib/connectors/sftp/host-key.ts";

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
    host: z
      .string()
      .trim()
      .min(1, "Name the server.")
      .max(255, "At most 255 characters.")
      .regex(/^[^\s/@]*$/, "Only the server's name or address, without user, port or path.")
      .meta(field({ label: "Server", placeholder: "files.example.com", help: "Name or address.", address: true })),
    port: z.coerce
      .number("A port is a number.")
      .int("A port is a whole number.")
      .min(1, "A port is between 1 and 65535.")
      .max(65535, "A port is between 1 and 65535.")
      .default(22)
      .meta(field({ label: "Port", input: "number", address: true })),
    user: z
      .string()
      .trim()
      .min(1, "Name the user to sign in as.")
      .max(255, "At most 255 characters.")
      .meta(field({ label: "User" })),
    authentication: z
      .enum(["password", "privateKey"])
      .default("privateKey")
      .meta(
        field({
          label: "Sign in with",
          input: "select",
          options: [
            { value: "privateKey", label: "Private key" },
            { value: "password", label: "Password" },
          ],
        }),
      ),
    password: z
      .string()
      .max(1024, "At most 1024 characters.")
      .optional()
      .meta(field({ label: "Password", input: "password", secret: true, showWhen: { field: "authentication", equals: "password" } })),
    privateKey: z
      .string()
      .max(32_768, "At most 32 KiB.")
      .optional()
      .meta(
        field({
          label: "Private key",
          input: "textarea",
          help: "The whole file, in OpenSSH's format. A key that may only read is enough for backups.",
          placeholder: "-----BEGIN OPENSSH PRIVATE KEY-----",
          secret: true,
          showWhen: { field: "authentication", equals: "privateKey" },
        }),
      ),
    privateKeyPassphrase: z
      .string()
      .max(1024, "At most 1024 characters.")
      .optional()
      .meta(
        field({
          label: "Passphrase of the private key",
          input: "password",
          secret: true,
          showWhen: { field: "authentication", equals: "privateKey" },
        }),
      ),
    hostKey: z
      .string()
      .trim()
      .refine(
        (text) => text === "" || parsePinnedHostKey(text) !== null,
        "A host key is written as SHA256:… with 43 characters, as ssh-keygen -l shows it.",
      )
      .optional()
      .meta(
        field({
          label: "Host key",
          help: "Seen by Validate and pinned when you save. Compare it with the server's own.",
          address: true,
          observed: true,
        }),
      ),
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
  .superRefine((config, issues) => {
    if (config.authentication === "password" && !config.password)
      issues.addIssue({ code: "custom", path: ["password"], message: "Type the password." });
    if (config.authentication === "privateKey" && !config.privateKey)
      issues.addIssue({ code: "custom", path: ["privateKey"], message: "Paste the private key." });
  });

function isGlob(pattern: string): boolean {
  try {
    picomatch(pattern, { dot: true });
    return true;
  } catch {
    // Whatever the library finds wrong with it, the pattern is not one.
    return false;
  }
}
