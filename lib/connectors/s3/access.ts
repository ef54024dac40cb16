import type { CreateMultipartUploadCommandInput, PutObjectCommandInput, S3Client } from "@aws-sdk/client-s3";
import { createS3Client } from "#lib/connectors/s3/client.ts";
import type { S3Config } from "#lib/connectors/s3/config.ts";
import type { ConnectorContext } from "#lib/connectors/connector.ts";

/** What every request to a bucket needs. */
export interface S3Access {
  readonly client: S3Client;
  readonly bucket: string;
  readonly signal: AbortSignal;
  /** Whether checksums go with every upload, or only where the protocol demands one. */
  readonly checksums: boolean;
  /** Storage class and encryption by the server, as they go with whatever makes an object appear. */
  readonly storage: Pick<
    PutObjectCommandInput & CreateMultipartUploadCommandInput,
    "StorageClass" | "ServerSideEncryption" | "SSEKMSKeyId"
  >;
  readonly lock: LockSettings | null;
  /** How many objects a page of a listing holds; as many as the server likes when undefined. */
  readonly pageObjects: number | undefined;
  /** Whether the server knows If-None-Match, as far as was seen. */
  conditional: boolean;
}

/** What only tests set. */
export interface S3Tuning {
  /** Stands in for the configuration's days, where a test waits for a lock to end. */
  lockMs?: number;
  /** Makes pages short, so that few objects fill several. */
  pageObjects?: number;
}

export interface LockSettings {
  mode: "GOVERNANCE" | "COMPLIANCE";
  durationMs: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** The caller destroys `client`. */
export function createAccess(config: S3Config, context: ConnectorContext, { lockMs, pageObjects }: S3Tuning = {}): S3Access {
  return {
    client: createS3Client(config, context),
    bucket: config.bucket,
    signal: context.signal,
    checksums: config.checksumMode === "when_supported",
    storage: {
      ...(config.storageClass !== "none" && { StorageClass: config.storageClass }),
      ...(config.serverSideEncryption !== "none" && { ServerSideEncryption: config.serverSideEncryption }),
      ...(config.serverSideEncryption === "aws:kms" && config.kmsKeyId !== "" && { SSEKMSKeyId: config.kmsKeyId }),
    },
    lock: config.objectLockMode === "none" ? null : { mode: config.objectLockMode, durationMs: lockMs ?? config.objectLockDays * DAY_MS },
    pageObjects,
    conditional: true,
  };
}
