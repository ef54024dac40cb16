import { z } from "zod";
import type { FieldMeta } from "#lib/connectors/connector.ts";
import { lockFields, storageFields } from "#lib/connectors/s3/storage-fields.ts";

export type S3Config = z.infer<typeof s3Config>;

const field = (meta: FieldMeta) => ({ ...meta });

/** Rules of bucket names: Amazon S3 user guide, "Bucket naming rules"; other servers also take capitals and underscores. */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/;

export const s3Config = z.object({
  endpoint: z
    .string()
    .trim()
    .refine((text) => text === "" || isEndpoint(text), "An endpoint is written as https://s3.example.com, without user, query or bucket.")
    .default("")
    .meta(field({ label: "Endpoint", placeholder: "https://s3.example.com", help: "Empty for Amazon S3.", address: true })),
  region: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9-]{1,64}$/, "A region is written as eu-central-1.")
    .default("us-east-1")
    .meta(field({ label: "Region", placeholder: "eu-central-1", address: true })),
  bucket: z
    .string()
    .trim()
    .regex(BUCKET, "A bucket has 3 to 63 letters, digits, dots, hyphens or underscores.")
    .meta(field({ label: "Bucket", help: "It must exist already.", address: true })),
  prefix: z
    .string()
    .trim()
    .max(100, "At most 100 characters.")
    .refine((text) => text === "" || isPrefix(text), "A prefix is names with “/” between them, without “.”, “..” or control characters.")
    .default("")
    .transform((text) => text.replace(/\/+$/, ""))
    .meta(field({ label: "Prefix", placeholder: "holdfast", help: "The part of the bucket to keep archives in.", address: true })),
  accessKeyId: z
    .string()
    .trim()
    .min(1, "Type the access key.")
    .max(256, "At most 256 characters.")
    .meta(field({ label: "Access key ID" })),
  secretAccessKey: z
    .string()
    .trim()
    .min(1, "Type the secret access key.")
    .max(1024, "At most 1024 characters.")
    .meta(field({ label: "Secret access key", input: "password", secret: true })),
  pathStyle: z
    .boolean()
    .default(true)
    .meta(field({ label: "Bucket in the path", input: "switch", help: "Most servers other than Amazon want it.", address: true })),
  checksumMode: z
    .enum(["when_supported", "when_required"])
    .default("when_supported")
    .meta(
      field({
        label: "Checksums",
        input: "select",
        help: "Choose “only when required” when the server refuses uploads because of a checksum.",
        options: [
          { value: "when_supported", label: "Send with every upload" },
          { value: "when_required", label: "Only when required" },
        ],
      }),
    ),
  ...storageFields,
  ...lockFields,
});

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return (protocol === "https:" || protocol === "http:") && username === "" && password === "" && search === "" && hash === "";
}

function isPrefix(text: string): boolean {
  const parts = text.replace(/\/+$/, "").split("/");
  return !/\p{Cc}/u.test(text) && parts.every((part) => part !== "" && part !== "." && part !== "..");
}
