import { DeleteObjectCommand, HeadObjectCommand, type HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import { DestinationError } from "#lib/connectors/errors.ts";
import type { S3Access } from "#lib/connectors/s3/access.ts";
import { statusOf } from "#lib/connectors/s3/explain.ts";
import { type LockWish, removeVersion } from "#lib/connectors/s3/object-lock.ts";

/** For tidying up after an upload whose own signal may be aborted already. */
export const TIDY_TIMEOUT_MS = 30_000;

/** Carried by our objects, so that after a lost answer we know whether the object that is there is the one that we sent. */
export const MARK = "holdfast-upload";

/** The object that is to appear. */
export interface Target {
  objectKey: string;
  mark: string;
  lock: LockWish;
}

type Condition = { IfNoneMatch?: "*" };

/**
 * Sends the request that makes the object appear, on the condition that there is none yet. Servers that do not know the condition get the
 * request without it. When the outcome is in doubt, the object's mark tells: ours is removed after a failure, another's never.
 */
export async function onlyOnce(access: S3Access, target: Target, send: (condition: Condition) => Promise<unknown>): Promise<void> {
  try {
    await send(access.conditional ? { IfNoneMatch: "*" } : {});
  } catch (error) {
    if (access.conditional && statusOf(error) === 501) {
      access.conditional = false;
      return onlyOnce(access, target, send);
    }
    const isOurs = (await tidily(() => markOf(access, target.objectKey))) === target.mark;
    // The first attempt's answer was lost, and the SDK's second one met the object that it had made.
    if (isOurs && (statusOf(error) === 412 || (error instanceof Error && error.name === "NoSuchUpload"))) return;
    // It is there, whole and for good: a failure that nobody could undo would be no help.
    if (isOurs && target.lock.ObjectLockMode && !access.signal.aborted && !(error instanceof DestinationError)) return;
    if (isOurs) await tidily(() => removeAppeared(access, target.objectKey));
    throw statusOf(error) === 412 ? existsError(target.objectKey, error) : error;
  }
}

/**
 * For servers that ignore If-None-Match where it ends an upload in parts (Ceph 16): somebody else may have come first while the parts were sent. What
 * remains is the instant between this look and the end; a writer who loses it finds out by `stillOurs`, or by reading back.
 */
export async function stillAbsent(access: S3Access, objectKey: string): Promise<void> {
  const found = await tidily(() => look(access, objectKey));
  if (found) throw existsError(objectKey);
}

/** Whether what lies there is what was sent; another's may have replaced it in the same instant. */
export async function stillOurs(access: S3Access, { objectKey, mark }: Target): Promise<void> {
  const found = await tidily(() => markOf(access, objectKey));
  if (found !== null && found !== mark) throw existsError(objectKey);
}

function existsError(objectKey: string, cause?: unknown): DestinationError {
  return new DestinationError("exists", `There is already an object “${objectKey}”.`, { cause });
}

async function markOf(access: S3Access, objectKey: string): Promise<string | null> {
  return (await look(access, objectKey)).Metadata?.[MARK] ?? null;
}

function look(access: S3Access, objectKey: string): Promise<HeadObjectCommandOutput> {
  const head = new HeadObjectCommand({ Bucket: access.bucket, Key: objectKey });
  return access.client.send(head, { abortSignal: AbortSignal.timeout(TIDY_TIMEOUT_MS) });
}

/** Takes back what an upload of ours made. */
export async function removeAppeared(access: S3Access, objectKey: string): Promise<void> {
  const abortSignal = AbortSignal.timeout(TIDY_TIMEOUT_MS);
  if (access.lock) return removeVersion(access, objectKey, abortSignal);
  await access.client.send(new DeleteObjectCommand({ Bucket: access.bucket, Key: objectKey }), { abortSignal });
}

/** Tidying up must not hide the failure that it follows; what it leaves behind is known by its key or upload id, and swept later. */
export async function tidily<T>(work: () => Promise<T>): Promise<T | null> {
  return work().catch(() => null);
}
