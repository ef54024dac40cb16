import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterAll, expect, test } from "vitest";
import { describeDestination } from "#lib/connectors/conformance.ts";
import type { Candidate, OpenOptions } from "#lib/connectors/conformance-candidate.ts";
import type { S3Config } from "#lib/connectors/s3/config.ts";
import { openS3Session } from "#lib/connectors/s3/session.ts";
import { createS3User } from "#e2e/servers/s3-users.ts";
import { configOf, createS3Stage, s3Context, type S3Stage } from "#e2e/servers/s3-stage.ts";

const stages: S3Stage[] = [];
afterAll(() => {
  for (const stage of stages) stage.close();
});

const MIB = 1024 * 1024;
/** Far fewer than servers tell, so that few objects fill several pages. */
const PAGE_OBJECTS = 4;
const KEEPS_BOTH = "Ceph 16 keeps both as versions in a bucket with object lock";

/** A server that the tests did not start, and can make nobody on. */
const isOutside = process.env["HOLDFAST_TEST_S3_ENDPOINT"] !== undefined;
const withoutQuota = isOutside && { smallPlace: "quotas need a Ceph of the tests' own" };

describeDestination(
  "s3 with checksums",
  {
    lacks: { ...withoutQuota, raceOfLarge: "Ceph 16 knows no condition where it ends an upload in parts" },
    listedObjects: 3 * PAGE_OBJECTS - 1,
  },
  () => candidateWith({}),
);
describeDestination(
  "s3 with object lock, without checksums",
  {
    lacks: { ...withoutQuota, raceOfSmall: KEEPS_BOTH, raceOfLarge: KEEPS_BOTH },
    shownElsewhere: { boundedMemory: "parts are cut in the same way as with checksums" },
    listedObjects: 3 * PAGE_OBJECTS - 1,
  },
  () => candidateWith({ objectLockMode: "GOVERNANCE", checksumMode: "when_required" }),
);

// Should Ceph learn it, these fail, and the races above are to be run.
if (!isOutside) {
  test("Ceph ends an upload in parts whatever the condition says", async () => {
    const { owner, bucket: Bucket } = await stageFor({});
    const [target, condition] = [{ Bucket, Key: "contended" }, { IfNoneMatch: "*" }];
    const { UploadId } = await owner.send(new CreateMultipartUploadCommand(target));
    const { ETag } = await owner.send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: "second" }));
    await owner.send(new PutObjectCommand({ ...target, Body: "first" }));
    await expect(owner.send(new PutObjectCommand({ ...target, ...condition, Body: "third" }))).rejects.toMatchObject({
      name: "PreconditionFailed",
    });
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await owner.send(new CompleteMultipartUploadCommand({ ...target, ...condition, UploadId, MultipartUpload }));
    expect(await (await owner.send(new GetObjectCommand(target))).Body?.transformToString()).toBe("second");
  });

  test("Ceph knows no condition at all in a bucket with object lock", async () => {
    const stage = await stageFor({ objectLockMode: "GOVERNANCE" });
    for (const Body of ["first", "second"])
      await stage.owner.send(new PutObjectCommand({ Bucket: stage.bucket, Key: "contended", Body, IfNoneMatch: "*" }));
    expect(await stage.everything()).toHaveLength(2);
  });
}

async function stageFor(setting: Partial<S3Config>): Promise<S3Stage> {
  const stage = await createS3Stage(setting);
  stages.push(stage);
  return stage;
}

/** As a user who may do what the printed access policy says, and nothing else. */
async function candidateWith(setting: Partial<S3Config>): Promise<Candidate> {
  const stage = await stageFor(setting);
  const { hostname: host, port } = new URL(stage.server.endpoint);
  return {
    open: ({ through, ...context }: OpenOptions = {}) =>
      stage.open(through ? { endpoint: `http://${through.host}:${through.port}` } : {}, context, { pageObjects: PAGE_OBJECTS }),
    openWithWrongCredentials: () => stage.open({ secretAccessKey: "wrong" }),
    openWithMissingContainer: () => stage.open({ bucket: "no-such-bucket" }),
    ...(!isOutside && { openSmall: () => openSmall(stage) }),
    server: { host, port: Number(port), protocol: "http" },
    list: () => stage.everything(),
    stop: () => Promise.resolve(),
  };
}

/** A bucket of somebody who may store 4 MiB in all. */
async function openSmall({ server }: S3Stage) {
  const user = await createS3User(server.configuration ?? "", { quotaBytes: 4 * MIB });
  const bucket = `small-${user.name}`;
  await server.createBucket(bucket, user);
  return openS3Session(configOf(server, user, { bucket }), s3Context());
}
