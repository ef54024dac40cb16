import type { TestProject } from "vitest/node";
import { startBroker } from "./broker.ts";
import { startTestPostgres } from "./postgres.ts";
import { startSharedS3 } from "./shared-s3.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Where a test file asks for the servers that the run shares. */
    serverBroker: string;
  }
}

/** Before the integration tests: nothing is started until a test file asks for it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const broker = await startBroker({ postgres: startTestPostgres, s3: startSharedS3 });
  project.provide("serverBroker", broker.url);
  return () => broker.stop();
}
