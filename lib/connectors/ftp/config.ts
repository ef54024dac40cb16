import { z } from "zod";
import type { FieldMeta } from "#lib/connectors/connector.ts";
import { parseFingerprint } from "#lib/connectors/ftp/fingerprint.ts";

export type FtpConfig = z.infer<typeof ftpConfig>;

const field = (meta: FieldMeta) => ({ ...meta });

/** What would end a command on the control connection, or hide in it. */
const CONTROL = /\p{Cc}/u;
const NO_CONTROL = "Leave out control characters.";
const withTls: FieldMeta["showWhen"] = { field: "security", equals: ["explicit", "implicit"] };

export const ftpConfig = z.object({
  host: z
    .string()
    .trim()
    .min(1, "Name the server.")
    .max(255, "At most 255 characters.")
    .regex(/^[^\s/@\p{Cc}]*$/u, "Only the server's name or address, without user, port or path.")
    .meta(field({ label: "Server", placeholder: "ftp.example.com", help: "Name or address.", address: true })),
  security: z
    .enum(["explicit", "implicit", "plain"])
    .default("explicit")
    .meta(
      field({
        label: "Encryption",
        input: "select",
        help: "Plain FTP lets everyone on the way read the password and the names of files.",
        options: [
          { value: "explicit", label: "TLS, explicit (usual)" },
          { value: "implicit", label: "TLS, implicit" },
          { value: "plain", label: "None: plain FTP" },
        ],
        address: true,
      }),
    ),
  port: z.coerce
    .number("A port is a number.")
    .int("A port is a whole number.")
    .min(1, "A port is between 1 and 65535.")
    .max(65535, "A port is between 1 and 65535.")
    .optional()
    .meta(field({ label: "Port", input: "number", help: "Empty for the usual one: 21, or 990 for implicit TLS.", address: true })),
  tlsTrust: z
    .enum(["authorities", "pinned"])
    .default("authorities")
    .meta(
      field({
        label: "Trust the server's certificate",
        input: "select",
        help: "Appliances mostly make their own certificate: compare it once, and let only that one be trusted.",
        options: [
          { value: "authorities", label: "If a known authority vouches for it" },
          { value: "pinned", label: "If it is the one that I compared" },
        ],
        showWhen: withTls,
        address: true,
      }),
    ),
  certificate: z
    .string()
    .trim()
    .refine((text) => text === "" || parseFingerprint(text) !== null, "A fingerprint is 32 bytes in hexadecimal: AB:CD:….")
    .optional()
    .meta(
      field({
        label: "Certificate fingerprint",
        help: "SHA-256, seen by Validate and pinned when you save. Compare it with the server's own.",
        address: true,
        observed: true,
        showWhen: { field: "tlsTrust", equals: "pinned" },
      }),
    ),
  user: z
    .string()
    .trim()
    .min(1, "Name the user to sign in as.")
    .max(255, "At most 255 characters.")
    .refine((text) => !CONTROL.test(text), NO_CONTROL)
    .meta(field({ label: "User" })),
  password: z
    .string()
    .min(1, "Type the password.")
    .max(1024, "At most 1024 characters.")
    .refine((text) => !CONTROL.test(text), NO_CONTROL)
    .meta(field({ label: "Password", input: "password", secret: true })),
  folder: z
    .string()
    .trim()
    .max(1024, "At most 1024 characters.")
    .refine((text) => !CONTROL.test(text), NO_CONTROL)
    .refine((text) => !text.split("/").includes(".."), "Name the folder without “..”.")
    .default("")
    .meta(
      field({
        label: "Folder",
        placeholder: "backups/holdfast",
        help: "It must exist already. Without a leading slash it begins where the user lands; empty is that place itself.",
        address: true,
      }),
    ),
});

/** The port to connect to: the one given, else the one that IANA gave to this kind of FTP. */
export function portOf({ port, security }: Pick<FtpConfig, "port" | "security">): number {
  return port ?? (security === "implicit" ? 990 : 21);
}

/** What a person should read before trusting this configuration. */
export function warningsOf({ security }: FtpConfig): string[] {
  if (security !== "plain") return [];
  return [
    "Plain FTP encrypts nothing on the way: everyone on the network between can read the password and the names of files, use the account and delete what lies there. " +
      "The archives themselves stay encrypted. Choose TLS if the server offers it.",
  ];
}
