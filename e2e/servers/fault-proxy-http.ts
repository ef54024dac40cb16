import { once } from "node:events";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";

export interface HttpFaults {
  address: { host: string; port: number };
  /** Answers the next `times` requests itself, instead of what was said before. */
  answer(status: number, times: number): void;
  close(): Promise<void>;
}

/** Hands HTTP requests on to `server` as they are, until it is told to answer some itself: with the status, and a body that is of no protocol. */
export async function startHttpFaults(server: { host: string; port: number }): Promise<HttpFaults> {
  let fault = { status: 0, times: 0 };
  const agent = new http.Agent({ keepAlive: true });
  const listener = http.createServer({ requestTimeout: 0 }, (request, response) => {
    if (fault.times <= 0) return forward(request, response, { host: server.host, port: server.port, agent });
    fault.times -= 1;
    response.writeHead(fault.status, { "content-type": "text/plain", connection: "close" }).end("Answered by the tests.\n");
    request.resume();
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    address: { host: "127.0.0.1", port: (listener.address() as AddressInfo).port },
    answer: (status, times) => void (fault = { status, times }),
    async close() {
      agent.destroy();
      listener.closeAllConnections();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

/** What breaks on one side is broken off on the other. */
function forward(request: IncomingMessage, response: ServerResponse, target: http.RequestOptions): void {
  const { method, url: path, headers } = request;
  const forwarded = http.request({ ...target, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    pipeline(answer, response, () => undefined);
  });
  forwarded.on("error", () => response.destroy());
  response.on("close", () => response.writableFinished || forwarded.destroy());
  pipeline(request, forwarded, () => undefined);
}
