import { once } from "node:events";
import { createServer } from "node:http";

export interface BrokeredServer {
  /** What a test must know to use the server; travels as JSON. */
  facts: object;
  stop(): Promise<void>;
}

export interface Broker {
  url: string;
  /** Ends every server that was asked for. */
  stop(): Promise<void>;
}

/**
 * Shares servers among the test files of a run, which are processes of their own: the first file that asks for one has it
 * started, the others are given the same, and what nobody asks for is never started.
 */
export async function startBroker(servers: Readonly<Record<string, () => Promise<BrokeredServer>>>): Promise<Broker> {
  const started = new Map<string, Promise<BrokeredServer>>();
  const http = createServer((request, response) => {
    const name = (request.url ?? "").slice(1);
    const start = servers[name];
    if (!start) {
      response.writeHead(404).end();
      return;
    }
    const server = started.get(name) ?? start();
    started.set(name, server);
    server.then(
      ({ facts }) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(facts)),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  http.requestTimeout = 0;
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const address = http.address();
  if (address === null || typeof address === "string") throw new Error("The broker has no port.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async stop() {
      http.close();
      http.closeAllConnections();
      const ended = await Promise.allSettled([...started.values()].map(async (server) => (await server).stop()));
      const failed = ended.filter((end) => end.status === "rejected");
      if (failed.length > 0)
        throw new AggregateError(
          failed.map((end): unknown => end.reason),
          "A test server did not end.",
        );
    },
  };
}

/** What the broker tells about a server, which it starts when this is the first call. Throws with the server's own reason when it does not start. */
export async function factsFrom(brokerUrl: string, name: string): Promise<unknown> {
  const response = await fetch(`${brokerUrl}/${name}`);
  if (!response.ok) throw new Error(`The test server ${name} did not start: ${await response.text()}`);
  return response.json();
}
