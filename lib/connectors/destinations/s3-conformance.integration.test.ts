import { afterAll } from "vitest";
import { describeDestination } from "#lib/connectors/conformance.ts";
import type { OpenOptions } from "#lib/connectors/conformance-candidate.ts";
import type { S3Config } from "#lib/connectors/s3/config.ts";
import { openS3Session } from "#lib/connectors/s3/session.ts";
import { createS3User } from "#e2e/servers/s3-users.ts";
import { configOf, createS3Stage, s3Context, type S3Stage } from "#e2e/servers/s3-stage.ts";

const stages: S3Stage[] = [];
afterAll(() => {
  for (const stage of stages) stage.close();
});

const MIB = 1024 * 1024;

/** Each as a user who may do what the printed access policy says, and nothing else. */
const settings: Record<string, Partial<S3Config>> = {
  "s3 with checksums": {},
  "s3 with object lock, without checksums": { objectLockMode: "GOVERNANCE", checksumMode: "when_required" },
};

for (const [name, setting] of Object.entries(settings)) {
  describeDestination(name, async () => {
    const stage = await createS3Stage(setting);
    stages.push(stage);
    const { hostname: host, port } = new URL(stage.server.endpoint);
    return {
      open: ({ through, ...context }: OpenOptions = {}) =>
        stage.open(through ? { endpoint: `http://${through.host}:${through.port}` } : {}, context),
      openWithWrongCredentials: () => stage.open({ secretAccessKey: "wrong" }),
      openWithMissingContainer: () => stage.open({ bucket: "no-such-bucket" }),
      openSmall: stage.server.configuration === null ? { notHere: "quotas need a Ceph of the tests' own" } : () => openSmall(stage),
      server: { host, port: Number(port), protocol: "http" as const },
      race: setting.objectLockMode
        ? { notHere: "Ceph 16 keeps both as versions in a bucket with object lock", fromBytes: 0 }
        : { notHere: "Ceph 16 knows no condition where it ends an upload in parts", fromBytes: 8 * MIB },
      // The first shows that pages are turned; the others need not.
      manyObjects: name === "s3 with checksums" ? 1050 : 20,
      list: () => stage.everything(),
      stop: () => Promise.resolve(),
    };
  });
}

/** A bucket of somebody who may store 4 MiB in all. */
async function openSmall({ server }: S3Stage) {
  const user = await createS3User(server.configuration ?? "", { quotaBytes: 4 * MIB });
  const bucket = `small-${user.name}`;
  await server.createBucket(bucket, user);
  return openS3Session(configOf(server, user, { bucket }), s3Context());
}
