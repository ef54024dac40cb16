import type { S3Client } from "@aws-sdk/client-s3";

/** What every request to a bucket needs. */
export interface S3Access {
  readonly client: S3Client;
  readonly bucket: string;
  readonly signal: AbortSignal;
  /** A multipart upload names its checksum at its beginning and with each part, or nowhere. */
  readonly partChecksums: { ChecksumAlgorithm: "CRC32" } | Record<string, never>;
  /** Whether the server knows If-None-Match, as far as was seen. */
  conditional: boolean;
}
