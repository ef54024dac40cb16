import type { TestProject } from "vitest/node";
import { type Broker, startBroker } from "./broker.ts";
import { startTestPostgres } from "./postgres.ts";
import { startSharedS3 } from "./shared-s3.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Where a test file asks for the servers that the run shares. */
    serverBroker: string;
  }
}

const run = globalThis as { holdfastServers?: { broker: Promise<Broker>; projects: number } };

/** Before the integration tests, once for each project of theirs: they share the servers. Nothing is started until a test file asks for it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers = (run.holdfastServers ??= { broker: startBroker({ postgres: startTestPostgres, s3: startSharedS3 }), projects: 0 });
  servers.projects += 1;
  const broker = await servers.broker;
  project.provide("serverBroker", broker.url);
  return async () => {
    servers.projects -= 1;
    if (servers.projects > 0) return;
    delete run.holdfastServers;
    await broker.stop();
  };
}
