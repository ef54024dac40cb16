import { z } from "zod";
import type { FieldMeta } from "#lib/connectors/connector.ts";
import { parsePinnedHostKey } from "#lib/connectors/sftp/host-key.ts";

const field = (meta: FieldMeta) => ({ ...meta });

/** The part of a configuration that says how to reach a server by SSH; `keyHelp` tells what the private key has to be good for. */
export function sshFields({ keyHelp }: { keyHelp: string }) {
  return { ...accountFields, privateKey: privateKeyField(keyHelp), ...proofFields };
}

const secretOf = (authentication: "password" | "privateKey") =>
  ({ secret: true, showWhen: { field: "authentication", equals: authentication } }) as const;

const accountFields = {
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
    .meta(field({ label: "Password", input: "password", ...secretOf("password") })),
};

function privateKeyField(help: string) {
  return z
    .string()
    .max(32_768, "At most 32 KiB.")
    .optional()
    .meta(
      field({
        label: "Private key",
        input: "textarea",
        help: `The whole file, in OpenSSH's format. ${help}`,
        placeholder: "-----BEGIN OPENSSH PRIVATE KEY-----",
        ...secretOf("privateKey"),
      }),
    );
}

const proofFields = {
  privateKeyPassphrase: z
    .string()
    .max(1024, "At most 1024 characters.")
    .optional()
    .meta(field({ label: "Passphrase of the private key", input: "password", ...secretOf("privateKey") })),
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
};

/** For `superRefine`: the credential of the chosen way to sign in has to be there. */
export function requireCredential(
  config: { authentication: "password" | "privateKey"; password?: string | undefined; privateKey?: string | undefined },
  issues: z.RefinementCtx,
): void {
  if (config.authentication === "password" && !config.password)
    issues.addIssue({ code: "custom", path: ["password"], message: "Type the password." });
  if (config.authentication === "privateKey" && !config.privateKey)
    issues.addIssue({ code: "custom", path: ["privateKey"], message: "Paste the private key." });
}
