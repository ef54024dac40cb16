import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
  type CreateMultipartUploadCommandOutput,
} from "@aws-sdk/client-s3";
import type { PutOptions } from "#lib/connectors/connector.ts";
import { DestinationError } from "#lib/connectors/errors.ts";
import type { S3Access } from "#lib/connectors/s3/access.ts";
import { assureLock, digestFor, lockFor } from "#lib/connectors/s3/object-lock.ts";
import {
  MARK,
  onlyOnce,
  removeAppeared,
  stillAbsent,
  stillOurs,
  type Target,
  tidily,
  TIDY_TIMEOUT_MS,
} from "#lib/connectors/s3/only-once.ts";
import { partsOf } from "#lib/connectors/s3/parts.ts";

/** Parts must have 5 MiB or more, and some servers want all of one size; ten thousand of these are 80 GiB. */
const PART_BYTES = 8 * 1024 * 1024;
const MAX_PARTS = 10_000;
/** With the part that is being filled, at most four parts are in memory. */
const PARTS_IN_FLIGHT = 3;
/** Stores `body` under `objectKey`: in one request when it fits a part, else in parts. See DestinationSession.put. */
export async function putObject(
  access: S3Access,
  objectKey: string,
  body: Readable,
  options: PutOptions = {},
): Promise<{ sizeBytes: number }> {
  const parts = partsOf(body, PART_BYTES);
  const first = await parts.next();
  const target = { objectKey, mark: randomUUID(), lock: options.lock === true ? lockFor(access) : {} };
  const isSmall = first.done === true || first.value.length < PART_BYTES;
  const stored = isSmall
    ? await putWhole(access, target, first.value ?? Buffer.alloc(0))
    : await putInParts(access, target, first.value, parts, options);
  try {
    await assureLock(access, objectKey, target.lock);
    return stored;
  } catch (error) {
    await tidily(() => removeAppeared(access, objectKey));
    throw error;
  }
}

async function putWhole(access: S3Access, target: Target, bytes: Buffer): Promise<{ sizeBytes: number }> {
  await onlyOnce(access, target, async (condition) => {
    const answer = await access.client.send(
      new PutObjectCommand({
        ...described(access, target),
        Body: bytes,
        ContentLength: bytes.length,
        ...digestFor(access, bytes),
        ...condition,
      }),
      { abortSignal: access.signal },
    );
    requireEncrypted(access, answer);
  });
  return { sizeBytes: bytes.length };
}

/** What the request says that begins an object. */
function described(access: S3Access, { objectKey, mark, lock }: Target) {
  return { Bucket: access.bucket, Key: objectKey, Metadata: { [MARK]: mark }, ...access.storage, ...lock };
}

/** Some servers take the wish for a header that they do not know, and store in the clear. */
function requireEncrypted({ storage }: S3Access, { ServerSideEncryption: done }: { ServerSideEncryption?: string | undefined }): void {
  if (storage.ServerSideEncryption === undefined || storage.ServerSideEncryption === done) return;
  throw new DestinationError(
    "refused",
    `The server did not encrypt with ${storage.ServerSideEncryption}, as it was asked to; choose “As the bucket is set up”, or another server.`,
  );
}

async function putInParts(
  access: S3Access,
  target: Target,
  first: Buffer,
  rest: AsyncIterable<Buffer>,
  options: PutOptions,
): Promise<{ sizeBytes: number }> {
  const { objectKey } = target;
  const { uploadId, ofWhole, answer } = await createUpload(access, target);
  try {
    access.signal.throwIfAborted();
    requireEncrypted(access, answer);
    await options.onUploadId?.(uploadId);
    const sent = await sendParts(access, objectKey, uploadId, first, rest);
    await stillAbsent(access, objectKey);
    await onlyOnce(access, target, (condition) =>
      access.client.send(
        new CompleteMultipartUploadCommand({
          Bucket: access.bucket,
          Key: objectKey,
          UploadId: uploadId,
          MultipartUpload: { Parts: sent.parts },
          ...(ofWhole && wholeOf(sent)),
          ...condition,
        }),
        { abortSignal: access.signal },
      ),
    );
    await stillOurs(access, target);
    return { sizeBytes: sent.sizeBytes };
  } catch (error) {
    await tidily(() => abortUpload(access, objectKey, uploadId, AbortSignal.timeout(TIDY_TIMEOUT_MS)));
    throw error;
  }
}

interface BegunUpload {
  uploadId: string;
  /** The server will keep one checksum of the whole object, and compare it with ours. Others keep one of the parts' checksums, or none. */
  ofWhole: boolean;
  answer: CreateMultipartUploadCommandOutput;
}

async function createUpload(access: S3Access, target: Target): Promise<BegunUpload> {
  const checksum = access.checksums ? ({ ChecksumAlgorithm: "CRC32", ChecksumType: "FULL_OBJECT" } as const) : {};
  // Not given up in the middle: nobody would know the id of what the server has begun.
  const answer = await access.client.send(new CreateMultipartUploadCommand({ ...described(access, target), ...checksum }), {
    abortSignal: AbortSignal.timeout(TIDY_TIMEOUT_MS),
  });
  if (answer.UploadId) return { uploadId: answer.UploadId, ofWhole: answer.ChecksumType === "FULL_OBJECT", answer };
  throw new DestinationError(
    "not-understood",
    "The server began an upload without giving it an id; it is not an S3 server that can be used.",
  );
}

interface Sent {
  parts: CompletedPart[];
  sizeBytes: number;
  /** Over all bytes in their order. */
  crc32: number;
}

function wholeOf(sent: Sent) {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(sent.crc32);
  return { ChecksumType: "FULL_OBJECT", ChecksumCRC32: checksum.toString("base64"), MpuObjectSize: sent.sizeBytes } as const;
}

async function sendParts(access: S3Access, objectKey: string, uploadId: string, first: Buffer, rest: AsyncIterable<Buffer>): Promise<Sent> {
  const pending: Promise<CompletedPart>[] = [];
  const sent: Sent = { parts: [], sizeBytes: 0, crc32: 0 };
  const send = async (bytes: Buffer) => {
    sent.sizeBytes += bytes.length;
    sent.crc32 = crc32(bytes, sent.crc32);
    const number = Math.ceil(sent.sizeBytes / PART_BYTES);
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
    sent.parts.push(await oldest);
    void pending.shift();
  };
  try {
    await send(first);
    for await (const bytes of rest) await send(bytes);
    sent.parts.push(...(await Promise.all(pending.splice(0))));
    return sent;
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
      ...(access.checksums && { ChecksumAlgorithm: "CRC32" }),
      ...digestFor(access, bytes),
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
