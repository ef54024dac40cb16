import { inject } from "vitest";
import { z } from "zod";
import type { BrokeredServer } from "./broker.ts";
import { factsFrom } from "./broker.ts";
import type { S3Server } from "./radosgw.ts";
import { startRadosgw } from "./radosgw.ts";

const factsSchema = z.object({ endpoint: z.string(), accessKeyId: z.string(), secretAccessKey: z.string() });

/** The one S3 server of a test run. */
export async function startSharedS3(): Promise<BrokeredServer> {
  const server = await startRadosgw();
  const { endpoint, accessKeyId, secretAccessKey } = server;
  return { facts: { endpoint, accessKeyId, secretAccessKey }, stop: () => server.stop() };
}

/** The run's S3 server, started at the first call of any test file; use a bucket of your own. Its `stop` does nothing: others may still need it. */
export async function sharedS3(): Promise<S3Server> {
  const facts = factsSchema.parse(await factsFrom(inject("serverBroker"), "s3"));
  process.env["HOLDFAST_TEST_S3_ENDPOINT"] = facts.endpoint;
  process.env["HOLDFAST_TEST_S3_ACCESS_KEY"] = facts.accessKeyId;
  process.env["HOLDFAST_TEST_S3_SECRET_KEY"] = facts.secretAccessKey;
  return startRadosgw();
}
