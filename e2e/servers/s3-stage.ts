import { randomUUID } from "node:crypto";
import { ListMultipartUploadsCommand, ListObjectVersionsCommand, type S3Client } from "@aws-sdk/client-s3";
import type { ConnectorContext, DestinationSession } from "#lib/connectors/connector.ts";
import { s3 } from "#lib/connectors/destinations/s3.ts";
import { describeAccess } from "#lib/connectors/s3/access-policy.ts";
import type { S3Tuning } from "#lib/connectors/s3/access.ts";
import type { S3Config } from "#lib/connectors/s3/config.ts";
import { openS3Session } from "#lib/connectors/s3/session.ts";
import { createAddressGuard } from "#lib/net/address-guard.ts";
import type { S3Server } from "./radosgw.ts";
import { allow, createLockBucket, createS3User, s3ClientOf, type S3User } from "./s3-users.ts";
import { sharedS3 } from "./shared-s3.ts";

/** A bucket of its own, and a user who may do with it exactly what the printed access policy says. */
export interface S3Stage {
  server: S3Server;
  bucket: string;
  /** Of whom the bucket is, and who may do everything with it. */
  owner: S3Client;
  user: S3User;
  config(more?: Partial<S3Config>): S3Config;
  /** Opens as the user. */
  open(more?: Partial<S3Config>, context?: Partial<ConnectorContext>, tuning?: S3Tuning): Promise<DestinationSession>;
  /** Gives the user the printed policy for a configuration, but for one action. */
  grant(without?: string): Promise<void>;
  /** Every version, delete marker and unfinished upload in the bucket. */
  everything(): Promise<string[]>;
  close(): void;
}

/** `settings` go into the configuration and with it into the policy; with a lock among them, the bucket has object lock. */
export async function createS3Stage(settings: Partial<S3Config> = {}): Promise<S3Stage> {
  const server = await sharedS3();
  const bucket = `stage-${randomUUID()}`;
  const owner = s3ClientOf(server, server);
  if (settings.objectLockMode === undefined || settings.objectLockMode === "none") await server.createBucket(bucket);
  else await createLockBucket(owner, bucket);
  // On a server that the tests did not start nobody else can be made: there, the owner does it.
  const user = server.configuration === null ? { ...server, name: "owner" } : await createS3User(server.configuration);
  const config = (more: Partial<S3Config> = {}) => configOf(server, user, { bucket, ...settings, ...more });
  const grant = async (without?: string) => {
    if (server.configuration === null) return;
    for (const { text } of describeAccess(config())) await allow(owner, bucket, user, text, without);
  };
  await grant();
  return {
    server,
    bucket,
    owner,
    user,
    config,
    grant,
    open: (more, context, tuning) => openS3Session(config(more), s3Context(context), tuning),
    everything: () => listEverything(owner, bucket),
    close: () => owner.destroy(),
  };
}

export function configOf(server: S3Server, user: Omit<S3User, "name">, more: Partial<S3Config>): S3Config {
  const { endpoint, region } = server;
  const { accessKeyId, secretAccessKey } = user;
  return s3.config.parse({ endpoint, region, prefix: "tenants/acme", accessKeyId, secretAccessKey, ...more });
}

export function s3Context(more: Partial<ConnectorContext> = {}): ConnectorContext {
  return { signal: new AbortController().signal, localRoots: [], network: createAddressGuard({ allowed: ["127.0.0.0/8"] }), ...more };
}

async function listEverything(client: S3Client, Bucket: string): Promise<string[]> {
  const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
  return [
    ...Versions.map(({ Key, VersionId }) => `${Key} ${VersionId}`),
    ...DeleteMarkers.map(({ Key, VersionId }) => `${Key} ${VersionId} marker`),
    ...Uploads.map(({ Key, UploadId }) => `${Key} ${UploadId} upload`),
  ].sort();
}
