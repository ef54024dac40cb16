import { z } from "zod";
import type { FieldMeta } from "#lib/connectors/connector.ts";

const field = (meta: FieldMeta) => ({ ...meta });

/** Classes whose objects come back at once. Names: Amazon S3 API reference, PutObject, x-amz-storage-class. */
const READABLE_CLASSES = ["none", "STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"] as const;
/** Their objects have to be thawed for hours before they can be read. */
const FROZEN_CLASSES = ["GLACIER", "DEEP_ARCHIVE"];

/** How a bucket stores what it is given. */
export const storageFields = {
  storageClass: z
    .string()
    .refine((name) => !FROZEN_CLASSES.includes(name), {
      message:
        "What lies in this class cannot be read back for hours, so no backup in it could be proven; take “Glacier, instant retrieval”, or move old versions there by a rule of the bucket that Holdfast does not depend on.",
      abort: true,
    })
    .pipe(z.enum(READABLE_CLASSES, "Choose one of the storage classes that are offered."))
    .default("none")
    .meta(
      field({
        label: "Storage class",
        input: "select",
        help: "Only classes that can be read at once: every backup is read back before it counts.",
        options: [
          { value: "none", label: "The server’s default" },
          { value: "STANDARD", label: "Standard" },
          { value: "STANDARD_IA", label: "Standard, infrequent access" },
          { value: "ONEZONE_IA", label: "One zone, infrequent access" },
          { value: "INTELLIGENT_TIERING", label: "Intelligent tiering" },
          { value: "GLACIER_IR", label: "Glacier, instant retrieval" },
        ],
      }),
    ),
  serverSideEncryption: z
    .enum(["none", "AES256", "aws:kms"])
    .default("none")
    .meta(
      field({
        label: "Encryption by the server",
        input: "select",
        help: "On top of Holdfast’s own: archives are encrypted before they leave.",
        options: [
          { value: "none", label: "As the bucket is set up" },
          { value: "AES256", label: "With the server’s keys (AES256)" },
          { value: "aws:kms", label: "With a key of a key service (KMS)" },
        ],
      }),
    ),
  kmsKeyId: z
    .string()
    .trim()
    .max(2048, "At most 2048 characters.")
    .regex(/^[\x21-\x7e]*$/, "The name of a key has no spaces.")
    .default("")
    .meta(
      field({
        label: "Key of the key service",
        placeholder: "arn:aws:kms:eu-central-1:111122223333:key/…",
        help: "The key’s ARN. Empty for the key service’s own default key.",
        showWhen: { field: "serverSideEncryption", equals: "aws:kms" },
      }),
    ),
};

/** How long a bucket refuses to remove what it is given. */
export const lockFields = {
  objectLockMode: z
    .enum(["none", "GOVERNANCE", "COMPLIANCE"])
    .default("none")
    .meta(
      field({
        label: "Object lock",
        input: "select",
        help: "Protects backups from whoever steals this access key. The bucket must have been created with object lock.",
        options: [
          { value: "none", label: "Off" },
          { value: "GOVERNANCE", label: "Governance: administrators with a special right may lift it" },
          { value: "COMPLIANCE", label: "Compliance: nobody can lift it" },
        ],
      }),
    ),
  objectLockDays: z
    .int("Write a whole number of days.")
    .min(1, "At least 1 day.")
    .max(36_500, "At most 36500 days.")
    .default(30)
    .meta(
      field({
        label: "Days of lock",
        input: "number",
        help: "From the moment a backup is stored. Retention removes nothing before its lock has ended.",
        showWhen: { field: "objectLockMode", equals: ["GOVERNANCE", "COMPLIANCE"] },
      }),
    ),
};
