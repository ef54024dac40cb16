import type { S3Config } from "#lib/connectors/s3/config.ts";

/** What a person should know before archives go into a bucket set up like this. */
export function warnAbout(config: S3Config): string[] {
  const { storageClass, objectLockMode, objectLockDays } = config;
  const days = objectLockDays === 1 ? "1 day" : `${objectLockDays} days`;
  return [
    ...(config.endpoint.startsWith("http:")
      ? [
          "The connection is not encrypted. Archives are, and the secret key is never sent, but names, sizes and times can be seen on the way.",
        ]
      : []),
    ...(storageClass === "INTELLIGENT_TIERING"
      ? [
          "Where the bucket has archive tiers switched on, what was not read for months is frozen and cannot be read at once; leave them off.",
        ]
      : []),
    ...(storageClass === "ONEZONE_IA"
      ? ["One zone keeps everything in a single data centre: keep a copy in another destination too."]
      : []),
    ...(["STANDARD_IA", "ONEZONE_IA", "GLACIER_IR"].includes(storageClass)
      ? [
          "This class asks a price for each reading and for removal before its minimum age. Every backup is read back once, and again by each verification.",
        ]
      : []),
    ...(objectLockMode === "COMPLIANCE"
      ? [
          `Nobody, not even the owner of the account, can remove a backup in the ${days} after it was stored, and it is paid for until then.`,
        ]
      : []),
    ...(objectLockMode === "GOVERNANCE"
      ? [`A backup cannot be removed with this access key in the ${days} after it was stored, and is paid for until then.`]
      : []),
  ];
}
