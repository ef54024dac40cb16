import { createHash } from "node:crypto";
import { DeleteObjectCommand, GetObjectLockConfigurationCommand, PutObjectRetentionCommand } from "@aws-sdk/client-s3";
import type { HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import { DestinationError } from "#lib/connectors/errors.ts";
import type { LockSettings, S3Access } from "#lib/connectors/s3/access.ts";
import { statusOf } from "#lib/connectors/s3/explain.ts";
import { headObject } from "#lib/connectors/s3/look.ts";

/** The server's clock may be behind ours: by so much that servers just take requests. Source: Amazon S3 API reference, RequestTimeTooSkewed. */
const CLOCK_SKEW_MS = 15 * 60 * 1000;

export interface LockWish {
  ObjectLockMode?: LockSettings["mode"];
  ObjectLockRetainUntilDate?: Date;
}

/** What goes with a request that makes a locked object appear; nothing where nothing locks. */
export function lockFor({ lock }: S3Access): LockWish {
  return lock ? { ObjectLockMode: lock.mode, ObjectLockRetainUntilDate: endOfNew(lock) } : {};
}

/** Uploads that lock need a checksum of their own; where none is sent otherwise, the one that every server knows. */
export function digestFor(access: S3Access, bytes: Buffer): { ContentMD5?: string } {
  if (!access.lock || access.checksums) return {};
  return { ContentMD5: createHash("md5").update(bytes).digest("base64") };
}

/** Until when a HEAD's answer says that an object is locked, or null when it is not any more. */
export function lockedUntil({ ObjectLockMode, ObjectLockRetainUntilDate }: HeadObjectCommandOutput): Date | null {
  if (ObjectLockMode === undefined || ObjectLockRetainUntilDate === undefined) return null;
  return ObjectLockRetainUntilDate > new Date() ? ObjectLockRetainUntilDate : null;
}

/**
 * Asks the bucket itself before the first byte: one without object lock would refuse what is to be locked. Throws DestinationError "refused"
 * when it has none.
 */
export async function readBucketLock(access: S3Access): Promise<{ locksByDefault: boolean }> {
  const command = new GetObjectLockConfigurationCommand({ Bucket: access.bucket });
  const found = await access.client.send(command, { abortSignal: access.signal }).catch((error: unknown) => noLock(error, access));
  if (found?.ObjectLockConfiguration?.ObjectLockEnabled !== "Enabled") {
    const text = `The bucket “${access.bucket}” has no object lock; create one with object lock enabled, or set object lock to “Off” here.`;
    throw new DestinationError("refused", text);
  }
  return { locksByDefault: found.ObjectLockConfiguration.Rule?.DefaultRetention !== undefined };
}

function noLock(error: unknown, { bucket }: S3Access): null {
  if (error instanceof Error && error.name === "ObjectLockConfigurationNotFoundError") return null;
  const refused = (text: string) => new DestinationError("refused", text, { cause: error });
  if (error instanceof Error && error.name === "AccessDenied") {
    throw refused(
      `This key may not ask whether the bucket “${bucket}” has object lock; give it the right s3:GetBucketObjectLockConfiguration.`,
    );
  }
  if (statusOf(error) === 501) throw refused("The server does not know object lock; set it to “Off” here, or take a server that does.");
  throw error;
}

/**
 * Locks an object at least as long as a new one would be locked from now, and at least until `until`; never shortens, and keeps the mode of a lock that
 * still holds.
 */
export async function extendLock(access: S3Access, objectKey: string, until?: Date): Promise<void> {
  if (!access.lock) return;
  const end = endOfNew(access.lock);
  await lockUntil(access, objectKey, access.lock.mode, until && until > end ? until : end);
}

/**
 * Looks whether what was put is locked as it was asked for, and locks it where it is not: some servers take the wish for a header that they do not know
 * (Ceph 16, for uploads in parts).
 */
export async function assureLock(access: S3Access, objectKey: string, wish: LockWish): Promise<void> {
  if (wish.ObjectLockMode && wish.ObjectLockRetainUntilDate) {
    await lockUntil(access, objectKey, wish.ObjectLockMode, wish.ObjectLockRetainUntilDate);
  }
}

async function lockUntil(access: S3Access, objectKey: string, mode: LockSettings["mode"], until: Date): Promise<void> {
  const head = await headObject(access, objectKey);
  if (!head) throw new DestinationError("missing", `There is no object “${objectKey}”.`);
  const locked = lockedUntil(head);
  if (locked && locked >= until) return;
  // Servers refuse another mode for a lock that holds.
  const Mode = (locked && head.ObjectLockMode) ?? mode;
  const version = head.VersionId === undefined ? {} : { VersionId: head.VersionId };
  await access.client.send(
    new PutObjectRetentionCommand({ Bucket: access.bucket, Key: objectKey, ...version, Retention: { Mode, RetainUntilDate: until } }),
    { abortSignal: access.signal },
  );
}

/**
 * Removes exactly the version that is there, so that it is gone and not hidden under a delete marker; succeeds when there is none. Throws
 * DestinationError "locked" while a lock holds: then nothing was removed.
 */
export async function removeVersion(access: S3Access, objectKey: string, abortSignal = access.signal): Promise<void> {
  const head = await headObject(access, objectKey, { abortSignal });
  if (!head) return;
  const locked = lockedUntil(head);
  if (locked) throw lockedError(locked);
  const version = head.VersionId === undefined ? {} : { VersionId: head.VersionId };
  try {
    await access.client.send(new DeleteObjectCommand({ Bucket: access.bucket, Key: objectKey, ...version }), { abortSignal });
  } catch (error) {
    const until = statusOf(error) === 403 ? head.ObjectLockRetainUntilDate : undefined;
    throw until && until.getTime() > Date.now() - CLOCK_SKEW_MS ? lockedError(until, error) : error;
  }
}

/** Servers count in whole seconds: rounded up, never down. */
function endOfNew({ durationMs }: LockSettings): Date {
  return new Date(Math.ceil((Date.now() + durationMs) / 1000) * 1000);
}

function lockedError(until: Date, cause?: unknown): DestinationError {
  const when = `${until.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  return new DestinationError("locked", `The bucket keeps this object locked until ${when}; nothing was removed.`, { cause });
}
