import { assertObjectKey } from "#lib/connectors/object-key.ts";
import type { S3Config } from "#lib/connectors/s3/config.ts";

/** What a destination's key is called in the bucket. Throws DestinationError "invalid-key". */
export function objectKeyOf(config: S3Config, key: string): string {
  assertObjectKey(key);
  return belowPrefix(config, key);
}

/** The beginning of all that lies in the destination, with `key` after it. */
export function belowPrefix({ prefix }: S3Config, key: string): string {
  return prefix === "" ? key : `${prefix}/${key}`;
}
