import { expect, test } from "vitest";
import { describeAccess } from "#lib/connectors/s3/access-policy.ts";

interface Statement {
  Sid: string;
  Action: string[];
  Resource: string;
  Condition?: unknown;
}

function policyFor(form: Record<string, unknown>): Statement[] {
  const [{ text } = { text: "" }] = describeAccess(form);
  return (JSON.parse(text) as { Statement: Statement[] }).Statement;
}

test("the policy names the bucket and the prefix as they are typed", () => {
  expect(policyFor({ bucket: "acme-backups", prefix: "holdfast/prod/" })).toEqual([
    {
      Sid: "KeepBackups",
      Effect: "Allow",
      Action: ["s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
      Resource: "arn:aws:s3:::acme-backups/holdfast/prod/*",
    },
    {
      Sid: "ListBackups",
      Effect: "Allow",
      Action: ["s3:ListBucket"],
      Resource: "arn:aws:s3:::acme-backups",
      Condition: { StringLike: { "s3:prefix": "holdfast/prod/*" } },
    },
  ]);
});

test("a form that is still empty gives a policy with a name to fill in", () => {
  expect(policyFor({}).map(({ Resource }) => Resource)).toEqual(["arn:aws:s3:::YOUR-BUCKET/*", "arn:aws:s3:::YOUR-BUCKET"]);
  expect(policyFor({ bucket: 7, prefix: null, region: [] })[1]).not.toHaveProperty("Condition");
});

test("characters that mean something in a policy are taken as they are", () => {
  expect(policyFor({ bucket: "bucket", prefix: "a*b/${aws:username}?" })[0]?.Resource).toBe(
    "arn:aws:s3:::bucket/a${*}b/${$}{aws:username}${?}/*",
  );
});

test.each([
  ["eu-central-1", "arn:aws:s3:::b"],
  ["cn-north-1", "arn:aws-cn:s3:::b"],
  ["us-gov-west-1", "arn:aws-us-gov:s3:::b"],
  ["eusc-de-east-1", "arn:aws-eusc:s3:::b"],
])("in %s names begin as they do there", (region, arn) => {
  expect(policyFor({ bucket: "b", region })[1]?.Resource).toBe(arn);
});

test("object lock brings its rights, and not the one to lift locks", () => {
  const actions = policyFor({ bucket: "b", objectLockMode: "COMPLIANCE" }).flatMap(({ Action }) => Action);
  expect(actions).toEqual([
    "s3:PutObject",
    "s3:GetObject",
    "s3:DeleteObject",
    "s3:AbortMultipartUpload",
    "s3:PutObjectRetention",
    "s3:GetObjectRetention",
    "s3:DeleteObjectVersion",
    "s3:ListBucket",
    "s3:GetBucketObjectLockConfiguration",
  ]);
});

test.each([
  ["arn:aws:kms:eu-central-1:111122223333:key/abc", { Resource: "arn:aws:kms:eu-central-1:111122223333:key/abc" }],
  ["abc", { Resource: "arn:aws:kms:eu-central-1:*:key/abc" }],
  [
    "alias/backups",
    {
      Resource: "arn:aws:kms:eu-central-1:*:key/*",
      Condition: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/backups" } },
    },
  ],
])("the key %s of a key service may be used, and no other", (kmsKeyId, expected) => {
  const form = { bucket: "b", region: "eu-central-1", serverSideEncryption: "aws:kms", kmsKeyId };
  expect(policyFor(form)[2]).toEqual({
    Sid: "UseTheKey",
    Effect: "Allow",
    Action: ["kms:GenerateDataKey", "kms:Decrypt"],
    ...expected,
  });
  expect(policyFor({ ...form, serverSideEncryption: "none" })).toHaveLength(2);
  expect(policyFor({ ...form, kmsKeyId: "" })).toHaveLength(2);
});
