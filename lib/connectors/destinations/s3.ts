import type { DestinationConnector } from "#lib/connectors/connector.ts";
import { describeAccess } from "#lib/connectors/s3/access-policy.ts";
import { s3Config, type S3Config } from "#lib/connectors/s3/config.ts";
import { openS3Session } from "#lib/connectors/s3/session.ts";
import { warnAbout } from "#lib/connectors/s3/warnings.ts";

/** A bucket of Amazon S3, or of any server that speaks its protocol. */
export const s3: DestinationConnector<S3Config> = {
  kind: "s3",
  label: "S3 bucket",
  description: "Keeps archives in a bucket of Amazon S3, Ceph, MinIO, R2, Backblaze or another server that speaks S3.",
  config: s3Config,
  open: (config, context) => openS3Session(config, context),
  warnings: warnAbout,
  setUp: describeAccess,
};
