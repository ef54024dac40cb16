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
  const head = () => access.client.send(new HeadObjectCommand({ Bucket: access.bucket, Key: objectKey, ...more }), { abortSignal });
  try {
    return await head();
  } catch (error) {
    const status = statusOf(error);
    if (status !== 404 && status !== 403) throw error;
    const isMissing = status === 404 ? isMissingForGet : isMissingThough403;
    if (await isMissing(access, objectKey, abortSignal)) return null;
    // What appeared between the two questions is there.
    return await head().catch(refuseContradiction);
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
async function isMissingForGet(access: S3Access, objectKey: string, abortSignal: AbortSignal): Promise<boolean> {
  try {
    const { Body } = await access.client.send(new GetObjectCommand({ Bucket: access.bucket, Key: objectKey }), { abortSignal });
    if (Body instanceof Readable) Body.destroy();
    return false;
  } catch (error) {
    if (isMissingObject(error)) return true;
    throw error;
  }
}

function refuseContradiction(error: unknown): never {
  if (statusOf(error) !== 404) throw error;
  throw new DestinationError("failed", "The server says in one breath that an object is there and that it is not; try again.");
}
