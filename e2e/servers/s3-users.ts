import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";

const run = promisify(execFile);

/** Somebody with keys of their own, and no right to anything but what they make themselves. */
export interface S3User {
  name: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** Makes a user of the Ceph that `configuration` (a ceph.conf) describes. `quotaBytes` is all that their buckets may hold together. */
export async function createS3User(configuration: string, { quotaBytes }: { quotaBytes?: number } = {}): Promise<S3User> {
  const user = {
    name: `user-${randomBytes(6).toString("hex")}`,
    accessKeyId: randomBytes(10).toString("hex"),
    secretAccessKey: randomBytes(20).toString("hex"),
  };
  const admin = (...options: string[]) =>
    run("radosgw-admin", ["-c", configuration, "-n", "client.admin", `--uid=${user.name}`, ...options]);
  await admin("user", "create", `--display-name=${user.name}`, `--access-key=${user.accessKeyId}`, `--secret-key=${user.secretAccessKey}`);
  if (quotaBytes !== undefined) {
    await admin("quota", "set", "--quota-scope=user", `--max-size=${quotaBytes}B`);
    await admin("quota", "enable", "--quota-scope=user");
  }
  return user;
}

/**
 * Gives a user exactly what an access policy says, on a bucket of somebody else. A policy on the bucket names whom it is for, a policy on the user does not:
 * that is all that is added. `without` leaves an action out.
 */
export async function allow(owner: S3Client, bucket: string, user: S3User, policy: string, without?: string): Promise<void> {
  const parsed = JSON.parse(policy) as { Statement: { Action: string[] }[] };
  const Statement = parsed.Statement.map((statement) => ({
    ...statement,
    Action: statement.Action.filter((action) => action !== without),
    Principal: { AWS: [`arn:aws:iam:::user/${user.name}`] },
  })).filter(({ Action }) => Action.length > 0);
  await owner.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify({ ...parsed, Statement }) }));
}

/** A client for looking at the server from outside of what is tested. The caller destroys it. */
export function s3ClientOf(server: { endpoint: string; region: string }, user: Omit<S3User, "name">): S3Client {
  const { accessKeyId, secretAccessKey } = user;
  return new S3Client({ ...server, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
}

export async function createLockBucket(owner: S3Client, bucket: string): Promise<void> {
  await owner.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true }));
}
