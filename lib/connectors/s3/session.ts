import { addAbortSignal, Readable } from "node:stream";
import { DeleteObjectCommand, GetObjectCommand, type GetObjectCommandOutput } from "@aws-sdk/client-s3";
import type { ConnectorContext, DestinationSession, ObjectStat, PutOptions } from "#lib/connectors/connector.ts";
import { DestinationError } from "#lib/connectors/errors.ts";
import { UNFINISHED_PREFIX } from "#lib/connectors/object-key.ts";
import { type ByteRange, cutAt, requireAskedPart } from "#lib/connectors/s3/asked-part.ts";
import { createAccess, type S3Access, type S3Tuning } from "#lib/connectors/s3/access.ts";
import { readChecksum } from "#lib/connectors/s3/checksum.ts";
import type { S3Config } from "#lib/connectors/s3/config.ts";
import { explainer, explainS3Error, isMissingObject, statusOf } from "#lib/connectors/s3/explain.ts";
import { listFolders, listObjects } from "#lib/connectors/s3/listing.ts";
import { headObject, isMissingThough403 } from "#lib/connectors/s3/look.ts";
import { extendLock, lockedUntil, readBucketLock, removeVersion } from "#lib/connectors/s3/object-lock.ts";
import { objectKeyOf } from "#lib/connectors/s3/object-key.ts";
import { abortUpload, putObject } from "#lib/connectors/s3/put.ts";

/** Opens a session after a first request that proves address, credentials and bucket. */
export async function openS3Session(config: S3Config, context: ConnectorContext, tuning?: S3Tuning): Promise<DestinationSession> {
  const access = createAccess(config, context, tuning);
  try {
    await knock(access, config);
  } catch (error) {
    access.client.destroy();
    throw error;
  }
  return sessionOf(access, config);
}

function sessionOf(access: S3Access, config: S3Config): DestinationSession {
  const explained = explainer(config);
  const at = (key: string) => objectKeyOf(config, key);
  const mayLock = lockGate(access);
  return {
    put: (key, body, options) => put(access, config, mayLock, key, body, options),
    get: async (key, range) => {
      const objectKey = at(key);
      const body = await explained("read", () => getObject(access, objectKey, key, range));
      return Readable.from(explainedBody(body, config), { objectMode: false });
    },
    stat: async (key) => {
      const objectKey = at(key);
      return explained("look at", () => statObject(access, objectKey));
    },
    list: (folder) => listObjects(access, config, folder),
    folders: () => listFolders(access, config),
    checksum: async (key) => {
      const objectKey = at(key);
      const head = await explained("look at", () => headObject(access, objectKey, { ChecksumMode: "ENABLED" }));
      return head && readChecksum(head);
    },
    extendLock: async (key, until) => {
      const objectKey = at(key);
      await explained("lock", () => extendLock(access, objectKey, until));
    },
    remove: async (key) => {
      const objectKey = at(key);
      await explained("remove", () => removeObject(access, objectKey).catch(ignoreMissing));
    },
    abortUpload: async (key, uploadId) => {
      // The name of a temporary file, as others have them, that was noted before the upload began here.
      if (uploadId.startsWith(UNFINISHED_PREFIX)) return;
      const objectKey = at(key);
      await explained("give up uploads in", () => abortUpload(access, objectKey, uploadId, access.signal));
    },
    close: () => {
      access.client.destroy();
      return Promise.resolve();
    },
  };
}

/**
 * A GET of an object that is not there: unlike HEAD its answer says what is wrong, and unlike a listing it needs no right beyond those
 * of a backup. A key that may not list gets 403 for a missing object, which is fine here.
 */
async function knock(access: S3Access, config: S3Config): Promise<void> {
  try {
    const answer = await access.client.send(new GetObjectCommand({ Bucket: access.bucket, Key: objectKeyOf(config, ".holdfast-knock") }), {
      abortSignal: access.signal,
    });
    // What lies there is no business of ours, and may be endless.
    if (answer.Body instanceof Readable) answer.Body.destroy();
  } catch (error) {
    const fine = isMissingObject(error) || (error instanceof Error && error.name === "AccessDenied");
    if (!fine) throw explainS3Error(error, config, "read");
  }
}

type LockGate = (options: PutOptions) => Promise<void>;

/** Lets an upload begin where the bucket does with locks what the configuration says; asks the bucket once. */
function lockGate(access: S3Access): LockGate {
  let asked: Promise<{ locksByDefault: boolean }> | null = null;
  const forget = (error: unknown) => {
    asked = null;
    throw error;
  };
  return async ({ lock = false }) => {
    if (!access.lock) return;
    const { locksByDefault } = await (asked ??= readBucketLock(access).catch(forget));
    if (lock || !locksByDefault) return;
    throw new DestinationError(
      "refused",
      `The bucket “${access.bucket}” locks whatever is put there, by a default rule of its own; take that rule off: Holdfast says itself what is to be locked.`,
    );
  };
}

async function put(
  access: S3Access,
  config: S3Config,
  mayLock: LockGate,
  key: string,
  body: Readable,
  options: PutOptions = {},
): Promise<{ sizeBytes: number }> {
  // At once: a body that breaks before it is read must find somebody who listens, also where the signal has aborted already.
  body.on("error", () => undefined);
  addAbortSignal(access.signal, body);
  try {
    const objectKey = objectKeyOf(config, key);
    await mayLock(options);
    await assertAbsent(access, objectKey, key);
    return await putObject(access, objectKey, body, options);
  } catch (error) {
    // An error of the body is its source's and stays as it is.
    throw error === body.errored ? error : explainS3Error(error, config, "write to");
  } finally {
    body.destroy();
  }
}

/** For servers that ignore If-None-Match. A key that may write but not look is left to that condition. */
async function assertAbsent(access: S3Access, objectKey: string, key: string): Promise<void> {
  try {
    if (!(await statObject(access, objectKey))) return;
  } catch (error) {
    if (statusOf(error) === 403) return;
    throw error;
  }
  throw new DestinationError("exists", `There is already an object “${key}”.`);
}

async function getObject(access: S3Access, objectKey: string, key: string, range?: ByteRange): Promise<Readable> {
  if (range?.lengthBytes === 0) return Readable.from([]);
  const Range = range && `bytes=${range.offsetBytes}-${range.offsetBytes + range.lengthBytes - 1}`;
  try {
    const command = new GetObjectCommand({ Bucket: access.bucket, Key: objectKey, ...(Range && { Range }) });
    const answer = await access.client.send(command, { abortSignal: access.signal });
    if (!(answer.Body instanceof Readable)) throw new DestinationError("not-understood", "The server answered without the object.");
    return asked(addAbortSignal(access.signal, answer.Body), answer, key, range);
  } catch (error) {
    const missing = isMissingObject(error) || (statusOf(error) === 403 && (await isMissingThough403(access, objectKey)));
    throw missing ? new DestinationError("missing", `There is no object “${key}”.`, { cause: error }) : error;
  }
}

/** What was asked for and no more, whatever the server sends. */
function asked(body: Readable, answer: GetObjectCommandOutput, key: string, range: ByteRange | undefined): Readable {
  if (!range) return body;
  try {
    requireAskedPart(answer, key, range);
  } catch (error) {
    body.destroy();
    throw error;
  }
  return Readable.from(cutAt(body, key, range.lengthBytes), { objectMode: false });
}

/** A download that breaks in the middle gets a sentence too. */
async function* explainedBody(body: Readable, config: S3Config): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const chunk of body) yield chunk as Buffer;
  } catch (error) {
    throw explainS3Error(error, config, "read");
  }
}

async function statObject(access: S3Access, objectKey: string): Promise<ObjectStat | null> {
  const head = await headObject(access, objectKey);
  if (!head) return null;
  if (head.ContentLength === undefined) throw new DestinationError("not-understood", "The server does not tell the size of its objects.");
  const until = access.lock && lockedUntil(head);
  return { sizeBytes: head.ContentLength, ...(until && { lockedUntil: until }) };
}

async function removeObject(access: S3Access, objectKey: string): Promise<void> {
  if (access.lock) return removeVersion(access, objectKey);
  await access.client.send(new DeleteObjectCommand({ Bucket: access.bucket, Key: objectKey }), { abortSignal: access.signal });
}

function ignoreMissing(error: unknown): void {
  if (!isMissingObject(error)) throw error;
}
