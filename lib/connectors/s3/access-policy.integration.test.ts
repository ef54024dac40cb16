import { Readable } from "node:stream";
import {
  DeleteObjectCommand,
  GetBucketAclCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectRetentionCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { s3ClientOf } from "#e2e/servers/s3-users.ts";
import { createS3Stage, type S3Stage } from "#e2e/servers/s3-stage.ts";
import { sharedS3 } from "#e2e/servers/shared-s3.ts";

const MIB = 1024 * 1024;

/** Where the tests did not start the server, they can make no user whose rights are limited. */
const isOutside = process.env["HOLDFAST_TEST_S3_ENDPOINT"] !== undefined;

test("the tests can make users on a server of their own, and on no other", async () => {
  expect((await sharedS3()).configuration === null).toBe(isOutside);
});

if (!isOutside) {
  describe("a user with the printed access policy", () => {
    let stage: S3Stage;
    let session: DestinationSession;
    let client: S3Client;
    beforeAll(async () => {
      stage = await createS3Stage({ objectLockMode: "GOVERNANCE" });
      session = await stage.open();
      client = s3ClientOf(stage.server, stage.user);
    }, 90_000);
    beforeEach(() => stage.grant());
    afterAll(async () => {
      client.destroy();
      await session.close();
      stage.close();
    });

    /** As the bucket's owner: on Ceph, whoever put an object may do with it what no policy allows. */
    const putAsOwner = (key: string, more: Partial<PutObjectCommandInput> = {}) =>
      stage.owner.send(new PutObjectCommand({ Bucket: stage.bucket, Key: `tenants/acme/${key}`, Body: "x", ...more }));
    const lockedForADay = () => ({ ObjectLockMode: "GOVERNANCE" as const, ObjectLockRetainUntilDate: new Date(Date.now() + 86_400_000) });

    /** What fails without the right, after what has to be there for it. */
    const needs: Record<string, (key: string) => Promise<() => Promise<unknown>>> = {
      "s3:PutObject": (key) => Promise.resolve(() => session.put(key, Readable.from(["x"]))),
      "s3:GetObject": async (key) => {
        await putAsOwner(key);
        return () => session.get(key);
      },
      "s3:ListBucket": () => Promise.resolve(() => Array.fromAsync(session.list("folder"))),
      "s3:PutObjectRetention": async (key) => {
        await putAsOwner(key);
        return async () => session.extendLock?.(key);
      },
      "s3:GetBucketObjectLockConfiguration": async (key) => {
        const fresh = await stage.open();
        return () => fresh.put(key, Readable.from(["x"])).finally(() => fresh.close());
      },
      "s3:DeleteObjectVersion": async (key) => {
        await putAsOwner(key);
        return () => session.remove(key);
      },
    };

    test.each(Object.keys(needs))("needs %s: without it, it is refused in a sentence", async (action) => {
      const work = await needs[action]?.(`needs/${action.slice(3)}`);
      await stage.grant(action);
      await expect(work?.()).rejects.toMatchObject({ name: "DestinationError", code: "refused" });
      await stage.grant();
      const again = await needs[action]?.(`needs/${action.slice(3)}/again`);
      await again?.();
    });

    test("needs s3:DeleteObject where nothing locks", async () => {
      const plain = await createS3Stage();
      const opened = await plain.open();
      await plain.owner.send(new PutObjectCommand({ Bucket: plain.bucket, Key: "tenants/acme/key", Body: "x" }));
      await plain.grant("s3:DeleteObject");
      await expect(opened.remove("key")).rejects.toMatchObject({ code: "refused" });
      expect(await opened.stat("key")).toEqual({ sizeBytes: 1 });
      await opened.close();
      plain.close();
    });

    test("needs s3:AbortMultipartUpload: without it, an upload that failed stays", async () => {
      const before = await stage.everything();
      await stage.grant("s3:AbortMultipartUpload");
      let uploadId = "";
      const broken = session.put("unfinished", Readable.from([Buffer.alloc(9 * MIB)]), {
        onUploadId: (id) => {
          uploadId = id;
          return Promise.reject(new Error("stopped by the test"));
        },
      });
      await expect(broken).rejects.toThrow("stopped by the test");
      await expect(session.abortUpload("unfinished", uploadId)).rejects.toMatchObject({ code: "refused" });
      await stage.grant();
      await session.abortUpload("unfinished", uploadId);
      expect(await stage.everything()).toEqual(before);
    });

    test("needs s3:GetObjectRetention to see a lock; without it, the lock still holds", async () => {
      await putAsOwner("seen", lockedForADay());
      expect(await session.stat("seen")).toHaveProperty("lockedUntil");
      await stage.grant("s3:GetObjectRetention");
      expect(await session.stat("seen")).toEqual({ sizeBytes: 1 });
      await expect(session.remove("seen")).rejects.toMatchObject({ code: "refused" });
      await stage.grant();
      expect(await session.stat("seen")).toMatchObject({ sizeBytes: 1 });
    });

    test("may do nothing else", async () => {
      const Bucket = stage.bucket;
      const outside = { Bucket, Key: "tenants/other/secret" };
      const inside = { Bucket, Key: "tenants/acme/inside" };
      await stage.owner.send(new PutObjectCommand({ ...outside, Body: "x" }));
      await putAsOwner("inside", lockedForADay());
      const RetainUntilDate = new Date(Date.now() + 60_000);
      const attempts: [string, () => Promise<unknown>][] = [
        ["read beside the prefix", () => client.send(new GetObjectCommand(outside))],
        ["write beside the prefix", () => client.send(new PutObjectCommand({ ...outside, Body: "y" }))],
        ["write a name that begins like the prefix", () => client.send(new PutObjectCommand({ Bucket, Key: "tenants/acme2", Body: "y" }))],
        ["remove beside the prefix", () => client.send(new DeleteObjectCommand(outside))],
        ["list another prefix", () => client.send(new ListObjectsV2Command({ Bucket, Prefix: "tenants/other/" }))],
        ["list above the prefix", () => client.send(new ListObjectsV2Command({ Bucket, Prefix: "tenants/" }))],
        ["list the bucket", () => client.send(new ListObjectsV2Command({ Bucket }))],
        ["list versions", () => client.send(new ListObjectVersionsCommand({ Bucket, Prefix: "tenants/acme/" }))],
        ["list unfinished uploads", () => client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: "tenants/acme/" }))],
        ["read the policy", () => client.send(new GetBucketPolicyCommand({ Bucket }))],
        ["change the policy", () => client.send(new PutBucketPolicyCommand({ Bucket, Policy: "{}" }))],
        ["read the bucket's access list", () => client.send(new GetBucketAclCommand({ Bucket }))],
        ["stop versions", () => client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } }))],
        [
          "shorten a lock",
          () =>
            client.send(
              new PutObjectRetentionCommand({
                ...inside,
                BypassGovernanceRetention: true,
                Retention: { Mode: "GOVERNANCE", RetainUntilDate },
              }),
            ),
        ],
      ];
      for (const [what, attempt] of attempts) {
        const failure: unknown = await attempt().catch((error: unknown) => error);
        expect(failure, what).toMatchObject({ $metadata: { httpStatusCode: 403 } });
      }
    });
  });
}
