import { addAbortSignal, Readable } from "node:stream";
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import type { ConnectorContext, DestinationSession, PutOptions } from "#lib/connectors/connector.ts";
import { DestinationError } from "#lib/connectors/errors.ts";
import { assertObjectKey } from "#lib/connectors/object-key.ts";
import type { S3Access } from "#lib/connectors/s3/access.ts";
import { createS3Client } from "#lib/connectors/s3/client.ts";
import type { S3Config } from "#lib/connectors/s3/config.ts";
import { explainS3Error, isMissingObject, statusOf, type S3Action } from "#lib/connectors/s3/explain.ts";
import { abortUpload, putObject } from "#lib/connectors/s3/put.ts";

/** Opens a session after a first request that proves address, credentials and bucket. */
export async function openS3Session(config: S3Config, context: ConnectorContext): Promise<DestinationSession> {
  const access: S3Access = {
    client: createS3Client(config, context.network),
    bucket: config.bucket,
    signal: context.signal,
    partChecksums: config.checksumMode === "when_supported" ? { ChecksumAlgorithm: "CRC32" } : {},
    conditional: true,
  };
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
  return {
    put: (key, body, options) => put(access, config, key, body, options),
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
    remove: async (key) => {
      const command = new DeleteObjectCommand({ Bucket: access.bucket, Key: at(key) });
      await explained("remove", () => access.client.send(command, { abortSignal: access.signal }).catch(ignoreMissing));
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

async function put(access: S3Access, config: S3Config, key: string, body: Readable, options?: PutOptions): Promise<{ sizeBytes: number }> {
  try {
    const objectKey = objectKeyOf(config, key);
    await assertAbsent(access, objectKey, key);
    return await putObject(access, objectKey, addAbortSignal(access.signal, body), options);
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
    if (isMissingObject(error)) throw new DestinationError("missing", `There is no object “${key}”.`, { cause: error });
    throw error;
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

async function statObject(access: S3Access, objectKey: string): Promise<{ sizeBytes: number } | null> {
  try {
    const { ContentLength } = await access.client.send(new HeadObjectCommand({ Bucket: access.bucket, Key: objectKey }), {
      abortSignal: access.signal,
    });
    if (ContentLength === undefined) throw new DestinationError("not-understood", "The server does not tell the size of its objects.");
    return { sizeBytes: ContentLength };
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    return confirmMissing(access, objectKey);
  }
}

/** HEAD says 404 for a missing bucket too; GET names which of the two it is. */
async function confirmMissing(access: S3Access, objectKey: string): Promise<null> {
  try {
    const { Body } = await access.client.send(new GetObjectCommand({ Bucket: access.bucket, Key: objectKey }), {
      abortSignal: access.signal,
    });
    if (Body instanceof Readable) Body.destroy();
  } catch (error) {
    if (isMissingObject(error)) return null;
    throw error;
  }
  throw new DestinationError("failed", "The server said in one breath that an object is there and that it is not; try again.");
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
