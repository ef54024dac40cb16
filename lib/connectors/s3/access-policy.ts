import type { SetUpText } from "#lib/connectors/connector.ts";

type Form = Readonly<Record<string, unknown>>;

interface Statement {
  Sid: string;
  Effect: "Allow";
  Action: string[];
  Resource: string;
  Condition?: Record<string, Record<string, string>>;
}

/** What the user whose access key Holdfast holds needs, and no more. Takes a form that is not complete yet. */
export function describeAccess(form: Form): SetUpText[] {
  return [
    {
      title: "Access policy for the bucket",
      help: "The least that Holdfast needs. Attach it to the IAM user whose access key you give, and give that user nothing else.",
      text: JSON.stringify({ Version: "2012-10-17", Statement: statementsFor(form) }, null, 2),
    },
  ];
}

function statementsFor(form: Form): Statement[] {
  const bucketArn = `arn:${partitionOf(textOf(form, "region"))}:s3:::${textOf(form, "bucket") || "YOUR-BUCKET"}`;
  const prefix = textOf(form, "prefix").replace(/\/+$/, "");
  const below = prefix === "" ? "*" : `${literally(prefix)}/*`;
  const locks = !["", "none"].includes(textOf(form, "objectLockMode"));
  return [
    {
      Sid: "KeepBackups",
      Effect: "Allow",
      Action: [
        "s3:PutObject",
        "s3:GetObject",
        "s3:DeleteObject",
        "s3:AbortMultipartUpload",
        ...(locks ? ["s3:PutObjectRetention", "s3:GetObjectRetention", "s3:DeleteObjectVersion"] : []),
      ],
      Resource: `${bucketArn}/${below}`,
    },
    {
      Sid: "ListBackups",
      Effect: "Allow",
      Action: ["s3:ListBucket"],
      Resource: bucketArn,
      ...(prefix !== "" && { Condition: { StringLike: { "s3:prefix": below } } }),
    },
    ...(locks
      ? [{ Sid: "SeeObjectLock", Effect: "Allow" as const, Action: ["s3:GetBucketObjectLockConfiguration"], Resource: bucketArn }]
      : []),
    ...keyStatements(form),
  ];
}

/** The key service's default key needs no statement: its own policy lets everybody of the account use it through S3. */
function keyStatements(form: Form): Statement[] {
  const key = textOf(form, "kmsKeyId");
  if (textOf(form, "serverSideEncryption") !== "aws:kms" || key === "") return [];
  // Encrypting an upload in parts also decrypts: AWS KMS developer guide, "How Amazon S3 uses AWS KMS".
  const statement = { Sid: "UseTheKey", Effect: "Allow" as const, Action: ["kms:GenerateDataKey", "kms:Decrypt"] };
  const region = textOf(form, "region");
  const anyKey = `arn:${partitionOf(region)}:kms:${region || "*"}:*:key/`;
  if (key.startsWith("alias/")) {
    return [{ ...statement, Resource: `${anyKey}*`, Condition: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": key } } }];
  }
  return [{ ...statement, Resource: key.startsWith("arn:") ? key : `${anyKey}${key}` }];
}

/** In a policy's resources "*", "?" and "$" have a meaning of their own. Source: IAM user guide, "Policy variables", "Special characters". */
function literally(text: string): string {
  return text.replaceAll(/[*?$]/g, (character) => `\${${character}}`);
}

/** Source: Amazon Resource Names, "Partitions". */
function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  return region.startsWith("eusc-") ? "aws-eusc" : "aws";
}

function textOf(form: Form, name: string): string {
  const value = form[name];
  return typeof value === "string" ? value.trim() : "";
}
