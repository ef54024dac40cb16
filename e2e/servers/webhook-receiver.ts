import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";

/** A request that the receiver got, whole. */
export interface ReceivedCall {
  method: string;
  path: string;
  headers: http.IncomingHttpHeaders;
  body: string;
}

type Answering = (call: ReceivedCall, response: http.ServerResponse) => void;

export interface WebhookReceiver {
  /** `http://127.0.0.1:<port>`. */
  origin: string;
  /** Everything that it got so far, in order. */
  calls: ReceivedCall[];
  /** How the next calls are answered; 204 without it. */
  answer: Answering;
  /** Connections that are open just now. */
  connections(): Promise<number>;
  stop(): Promise<void>;
}

/** A real HTTP server on a loopback port that takes deliveries. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const calls: ReceivedCall[] = [];
  const server = http.createServer((request, response) => {
    void request.toArray().then((chunks: Buffer[]) => {
      const { method = "", url: path = "", headers } = request;
      const call = { method, path, headers, body: Buffer.concat(chunks).toString() };
      calls.push(call);
      receiver.answer(call, response);
    });
    response.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const receiver: WebhookReceiver = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    answer: accept,
    connections: () => new Promise((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count)))),
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
  return receiver;
}

/** 204, as a receiver that is well answers. */
export const accept: Answering = (_call, response) => response.writeHead(204).end();

/** Answers every call with that status, headers and text. */
export function answerWith(status: number, headers: http.OutgoingHttpHeaders = {}, text = ""): Answering {
  return (_call, response) => response.writeHead(status, headers).end(text);
}

/** What the public library makes of a call: the payload. Throws when the signature is not of that secret. */
export function verified({ body, headers }: ReceivedCall, secret: string): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>);
}
