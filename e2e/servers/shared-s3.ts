import { inject } from "vitest";
import { z } from "zod";
import type { BrokeredServer } from "./broker.ts";
import { factsFrom } from "./broker.ts";
import { connectS3, startRadosgw, type S3Server } from "./radosgw.ts";

const factsSchema = z.object({
  endpoint: z.string(),
  region: z.string(),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  configuration: z.string().nullable(),
});

/** The one S3 server of a test run. */
export async function startSharedS3(): Promise<BrokeredServer> {
  const server = await startRadosgw();
  return { facts: factsSchema.parse(server), stop: () => server.stop() };
}

/** The run's S3 server, started at the first call of any test file; use a bucket of your own. Its `stop` does nothing: others may still need it. */
export async function sharedS3(): Promise<S3Server> {
  return connectS3(factsSchema.parse(await factsFrom(inject("serverBroker"), "s3")));
}
