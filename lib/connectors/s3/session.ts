import { addAbortSignal, Readable } from "node:stream";
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import type { ConnectorContext, DestinationSession, ObjectStat, PutOptions } from "#lib/connectors/connector.ts";
import { DestinationError } from "#lib/connectors/errors.ts";
import { assertObjectKey } from "#lib/connectors/object-key.ts";
import { createAccess, type S3Access } from "#lib/connectors/s3/access.ts";
import { readChecksum } from "#lib/connectors/s3/checksum.ts";
import type { S3Config } from "#lib/connectors/s3/config.ts";
import { explainS3Error, isMissingObject, statusOf, type S3Action } from "#lib/connectors/s3/explain.ts";
import { headObject, isMissingThough403 } from "#lib/connectors/s3/look.ts";
import { extendLock, lockedUntil, readBucketLock, removeVersion } from "#lib/connectors/s3/object-lock.ts";
import { abortUpload, putObject } from "#lib/connectors/s3/put.ts";

/** Opens a session after a first request that proves address, credentials and bucket. `lockMs`: see createAccess. */
export async function openS3Session(config: S3Config, context: ConnectorContext, lockMs?: number): Promise<DestinationSession> {
  const access = createAccess(config, context, lockMs);
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
    checksum: async (key) => {
      const objectKey = at(key);
      const head = await explained("look at", () => headObject(access, objectKey, { ChecksumMode: "ENABLED" }));
      return head && readChecksum(head);
    },
    extendLock: async (key) => {
      const objectKey = at(key);
      await explained("lock", () => extendLock(access, objectKey));
    },
    remove: async (key) => {
      const objectKey = at(key);
      await explained("remove", () => removeObject(access, objectKey).catch(ignoreMissing));
    },
    abortUpload: async (key, uploadId) => {
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
    answer.Body?.transformToByteArray().catch(() => undefined);
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
  // At once: a body that breaks before it is read must find somebody who listens.
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

async function getObject(
  access: S3Access,
  objectKey: string,
  key: string,
  range?: { offsetBytes: number; lengthBytes: number },
): Promise<Readable> {
  if (range?.lengthBytes === 0) return Readable.from([]);
  const Range = range && `bytes=${range.offsetBytes}-${range.offsetBytes + range.lengthBytes - 1}`;
  try {
    const { Body } = await access.client.send(new GetObjectCommand({ Bucket: access.bucket, Key: objectKey, ...(Range && { Range }) }), {
      abortSignal: access.signal,
    });
    if (Body instanceof Readable) return addAbortSignal(access.signal, Body);
    throw new DestinationError("not-understood", "The server answered without the object.");
  } catch (error) {
    const missing = isMissingObject(error) || (statusOf(error) === 403 && (await isMissingThough403(access, objectKey)));
    throw missing ? new DestinationError("missing", `There is no object “${key}”.`, { cause: error }) : error;
  }
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

/** The server pages; each page is asked for when the one before was taken. */
async function* listObjects(access: S3Access, config: S3Config, folder: string): AsyncGenerator<{ key: string; sizeBytes: number }> {
  const Prefix = `${objectKeyOf(config, folder)}/`;
  for (let token: string | undefined, more = true; more;) {
    const command = new ListObjectsV2Command({ Bucket: access.bucket, Prefix, ...(token !== undefined && { ContinuationToken: token }) });
    const page = await explainer(config)("list", () => access.client.send(command, { abortSignal: access.signal }));
    for (const { Key, Size } of page.Contents ?? []) {
      if (Key === undefined || Size === undefined)
        throw new DestinationError("not-understood", "The server lists objects without name or size.");
      yield { key: config.prefix === "" ? Key : Key.slice(config.prefix.length + 1), sizeBytes: Size };
    }
    token = page.NextContinuationToken;
    more = page.IsTruncated === true;
    if (more && token === undefined)
      throw new DestinationError("not-understood", "The server broke a listing off without saying how to go on.");
  }
}

async function removeObject(access: S3Access, objectKey: string): Promise<void> {
  if (access.lock) return removeVersion(access, objectKey);
  await access.client.send(new DeleteObjectCommand({ Bucket: access.bucket, Key: objectKey }), { abortSignal: access.signal });
}

function ignoreMissing(error: unknown): void {
  if (!isMissingObject(error)) throw error;
}

function explainer(config: S3Config) {
  return async <T>(action: S3Action, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw explainS3Error(error, config, action);
    }
  };
}

function objectKeyOf(config: S3Config, key: string): string {
  assertObjectKey(key);
  return config.prefix === "" ? key : `${config.prefix}/${key}`;
}
