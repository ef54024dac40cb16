import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
} from "@aws-sdk/client-s3";
import type { PutOptions } from "#lib/connectors/connector.ts";
import { DestinationError } from "#lib/connectors/errors.ts";
import type { S3Access } from "#lib/connectors/s3/access.ts";
import { statusOf } from "#lib/connectors/s3/explain.ts";
import { partsOf } from "#lib/connectors/s3/parts.ts";

/** Parts must have 5 MiB or more, and some servers want all of one size; ten thousand of these are 80 GiB. */
const PART_BYTES = 8 * 1024 * 1024;
const MAX_PARTS = 10_000;
/** With the part that is being filled, at most four parts are in memory. */
const PARTS_IN_FLIGHT = 3;
/** For tidying up after an upload whose own signal may be aborted already. */
const TIDY_TIMEOUT_MS = 30_000;

/** Carried by our objects, so that after a lost answer we know whether the object that is there is the one that we sent. */
const MARK = "holdfast-upload";

/** Stores `body` under `objectKey`: in one request when it fits a part, else in parts. See DestinationSession.put. */
export async function putObject(
  access: S3Access,
  objectKey: string,
  body: Readable,
  options: PutOptions = {},
): Promise<{ sizeBytes: number }> {
  const parts = partsOf(body, PART_BYTES);
  const first = await parts.next();
  if (first.done || first.value.length < PART_BYTES) return putWhole(access, objectKey, first.value ?? Buffer.alloc(0));
  return putInParts(access, objectKey, first.value, parts, options);
}

async function putWhole(access: S3Access, objectKey: string, bytes: Buffer): Promise<{ sizeBytes: number }> {
  const mark = randomUUID();
  await onlyOnce(access, objectKey, mark, (condition) =>
    access.client.send(
      new PutObjectCommand({
        Bucket: access.bucket,
        Key: objectKey,
        Body: bytes,
        ContentLength: bytes.length,
        Metadata: { [MARK]: mark },
        ...condition,
      }),
      { abortSignal: access.signal },
    ),
  );
  return { sizeBytes: bytes.length };
}

async function putInParts(
  access: S3Access,
  objectKey: string,
  first: Buffer,
  rest: AsyncIterable<Buffer>,
  options: PutOptions,
): Promise<{ sizeBytes: number }> {
  const mark = randomUUID();
  const uploadId = await createUpload(access, objectKey, mark);
  try {
    await options.onUploadId?.(uploadId);
    const sent = await sendParts(access, objectKey, uploadId, first, rest);
    await onlyOnce(access, objectKey, mark, (condition) =>
      access.client.send(
        new CompleteMultipartUploadCommand({
          Bucket: access.bucket,
          Key: objectKey,
          UploadId: uploadId,
          MultipartUpload: { Parts: sent.parts },
          ...condition,
        }),
        { abortSignal: access.signal },
      ),
    );
    return { sizeBytes: sent.sizeBytes };
  } catch (error) {
    await tidily(() => abortUpload(access, objectKey, uploadId, AbortSignal.timeout(TIDY_TIMEOUT_MS)));
    throw error;
  }
}

async function createUpload(access: S3Access, objectKey: string, mark: string): Promise<string> {
  const { UploadId } = await access.client.send(
    new CreateMultipartUploadCommand({ Bucket: access.bucket, Key: objectKey, Metadata: { [MARK]: mark }, ...access.partChecksums }),
    { abortSignal: access.signal },
  );
  if (UploadId) return UploadId;
  throw new DestinationError(
    "not-understood",
    "The server began an upload without giving it an id; it is not an S3 server that can be used.",
  );
}

async function sendParts(
  access: S3Access,
  objectKey: string,
  uploadId: string,
  first: Buffer,
  rest: AsyncIterable<Buffer>,
): Promise<{ parts: CompletedPart[]; sizeBytes: number }> {
  const pending: Promise<CompletedPart>[] = [];
  const parts: CompletedPart[] = [];
  let sizeBytes = 0;
  const send = async (bytes: Buffer) => {
    sizeBytes += bytes.length;
    const number = Math.ceil(sizeBytes / PART_BYTES);
    if (number > MAX_PARTS)
      throw new DestinationError(
        "failed",
        "The archive is larger than 80 GiB, which does not fit one upload; split the system in several.",
      );
    const part = uploadPart(access, objectKey, uploadId, number, bytes);
    // Its failure is told when its turn comes.
    part.catch(() => undefined);
    pending.push(part);
    const [oldest] = pending;
    if (pending.length < PARTS_IN_FLIGHT || !oldest) return;
    parts.push(await oldest);
    void pending.shift();
  };
  try {
    await send(first);
    for await (const bytes of rest) await send(bytes);
    parts.push(...(await Promise.all(pending.splice(0))));
    return { parts, sizeBytes };
  } finally {
    // No part may arrive after the upload was given up.
    await Promise.allSettled(pending);
  }
}

async function uploadPart(access: S3Access, objectKey: string, uploadId: string, number: number, bytes: Buffer): Promise<CompletedPart> {
  const answer = await access.client.send(
    new UploadPartCommand({
      Bucket: access.bucket,
      Key: objectKey,
      UploadId: uploadId,
      PartNumber: number,
      Body: bytes,
      ContentLength: bytes.length,
      ...access.partChecksums,
    }),
    { abortSignal: access.signal },
  );
  return { PartNumber: number, ETag: answer.ETag, ...(answer.ChecksumCRC32 !== undefined && { ChecksumCRC32: answer.ChecksumCRC32 }) };
}

/** Gives up an upload; one that is gone already is fine. */
export async function abortUpload(access: S3Access, objectKey: string, uploadId: string, abortSignal: AbortSignal): Promise<void> {
  try {
    await access.client.send(new AbortMultipartUploadCommand({ Bucket: access.bucket, Key: objectKey, UploadId: uploadId }), {
      abortSignal,
    });
  } catch (error) {
    if (!(error instanceof Error && error.name === "NoSuchUpload")) throw error;
  }
}

type Condition = { IfNoneMatch?: "*" };

/**
 * Sends the request that makes the object appear, on the condition that there is none yet. Servers that do not know the condition get the
 * request without it. When the outcome is in doubt, the object's mark tells: ours is removed after a failure, another's never.
 */
async function onlyOnce(
  access: S3Access,
  objectKey: string,
  mark: string,
  send: (condition: Condition) => Promise<unknown>,
): Promise<void> {
  try {
    await send(access.conditional ? { IfNoneMatch: "*" } : {});
  } catch (error) {
    if (access.conditional && statusOf(error) === 501) {
      access.conditional = false;
      return onlyOnce(access, objectKey, mark, send);
    }
    const isOurs = (await tidily(() => markOf(access, objectKey))) === mark;
    // The first attempt's answer was lost, and the SDK's second one met the object that it had made.
    if (isOurs && (statusOf(error) === 412 || (error instanceof Error && error.name === "NoSuchUpload"))) return;
    if (isOurs)
      await tidily(() =>
        access.client.send(new DeleteObjectCommand({ Bucket: access.bucket, Key: objectKey }), {
          abortSignal: AbortSignal.timeout(TIDY_TIMEOUT_MS),
        }),
      );
    if (statusOf(error) === 412) throw new DestinationError("exists", `There is already an object “${objectKey}”.`, { cause: error });
    throw error;
  }
}

async function markOf(access: S3Access, objectKey: string): Promise<string | null> {
  const head = new HeadObjectCommand({ Bucket: access.bucket, Key: objectKey });
  const { Metadata } = await access.client.send(head, { abortSignal: AbortSignal.timeout(TIDY_TIMEOUT_MS) });
  return Metadata?.[MARK] ?? null;
}

/** Tidying up must not hide the failure that it follows; what it leaves behind is known by its key or upload id, and swept later. */
async function tidily<T>(work: () => Promise<T>): Promise<T | null> {
  return work().catch(() => null);
}
