import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, type HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import { Readable } from "node:stream";
import { DestinationError } from "#lib/connectors/errors.ts";
import type { S3Access } from "#lib/connectors/s3/access.ts";
import { isMissingObject, statusOf } from "#lib/connectors/s3/explain.ts";

/** What the server tells of an object, or null when there is none; any doubt is an error. */
export async function headObject(
  access: S3Access,
  objectKey: string,
  { abortSignal = access.signal, ...more }: { abortSignal?: AbortSignal; ChecksumMode?: "ENABLED" } = {},
): Promise<HeadObjectCommandOutput | null> {
  try {
    return await access.client.send(new HeadObjectCommand({ Bucket: access.bucket, Key: objectKey, ...more }), { abortSignal });
  } catch (error) {
    if (statusOf(error) === 404) return confirmMissing(access, objectKey, abortSignal);
    if (statusOf(error) === 403 && (await isMissingThough403(access, objectKey, abortSignal))) return null;
    throw error;
  }
}

/**
 * A key that may list only below its prefix, which is what our policy says, gets 403 for an object that is not there, as for one that it may
 * not see (Amazon S3 API reference, HeadObject, "Permissions"). The list, which it may have, tells the two apart. Throws the list's own refusal.
 */
export async function isMissingThough403(access: S3Access, objectKey: string, abortSignal = access.signal): Promise<boolean> {
  // Names are listed in order, and no name that begins with another comes before it.
  const command = new ListObjectsV2Command({ Bucket: access.bucket, Prefix: objectKey, MaxKeys: 1 });
  const { Contents = [] } = await access.client.send(command, { abortSignal });
  return Contents.every(({ Key }) => Key !== objectKey);
}

/** HEAD says 404 for a missing bucket too; GET names which of the two it is. */
async function confirmMissing(access: S3Access, objectKey: string, abortSignal: AbortSignal): Promise<null> {
  try {
    const { Body } = await access.client.send(new GetObjectCommand({ Bucket: access.bucket, Key: objectKey }), { abortSignal });
    if (Body instanceof Readable) Body.destroy();
  } catch (error) {
    if (isMissingObject(error)) return null;
    throw error;
  }
  throw new DestinationError("failed", "The server said in one breath that an object is there and that it is not; try again.");
}
