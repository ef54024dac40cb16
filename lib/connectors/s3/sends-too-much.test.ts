import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { s3Context } from "#e2e/servers/s3-stage.ts";
import { readSmallObject } from "#lib/backups/small-object.ts";
import { findKeyFiles } from "#lib/catalogue/key-files.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { s3 } from "#lib/connectors/destinations/s3.ts";

const PIECE = Buffer.alloc(64 * 1024, "x");
/** What a server can push before anybody notices: the sockets' and streams' own buffers. */
const IN_FLIGHT_BYTES = 16 * 1024 * 1024;
const ENDLESS_BYTES = 256 * 1024 * 1024;
const SMALL = { offsetBytes: 0, lengthBytes: 10 };
const KEY_ID = `key_${"0".repeat(26)}`;
const FOLDER = `ten_${"0".repeat(26)}`;

let server: http.Server;
let sentBytes: number;
let closed: Promise<void>[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  sentBytes = 0;
  closed = [];
  server = http.createServer((request, response) => {
    closed.push(new Promise((resolve) => response.once("close", resolve)));
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Sends on and on, as fast as it is taken. */
function sendEndlessly(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, headers);
  const send = () => {
    while (sentBytes < ENDLESS_BYTES && !response.destroyed) {
      sentBytes += PIECE.length;
      if (!response.write(PIECE)) return void response.once("drain", send);
    }
    response.end();
  };
  send();
}

const missing = (response: ServerResponse) => void response.writeHead(404).end("<Error><Code>NoSuchKey</Code></Error>");

async function open(): Promise<DestinationSession> {
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return s3.open(s3.config.parse({ endpoint, bucket: "bucket", accessKeyId: "a", secretAccessKey: "b" }), s3Context());
}

/** Opens with a server that behaves, and from then on answers like that. */
async function opened(then: typeof answer): Promise<DestinationSession> {
  answer = (_request, response) => missing(response);
  const session = await open();
  answer = then;
  return session;
}

async function expectLittleTaken(): Promise<void> {
  await Promise.all(closed);
  expect(sentBytes).toBeLessThan(IN_FLIGHT_BYTES);
}

async function readAll(session: DestinationSession, range: { offsetBytes: number; lengthBytes: number }): Promise<Buffer> {
  return Buffer.concat((await (await session.get("key", range)).toArray()) as Buffer[]);
}

test("opening takes nothing of an object without end under the name that it knocks at", async () => {
  answer = (_request, response) => sendEndlessly(response, 200);
  const session = await open();
  await expectLittleTaken();
  await session.close();
});

test.each([
  ["no range at all", 200, {}],
  ["a range with a wrong length", 206, { "content-range": "bytes 0-9/10", "content-length": String(ENDLESS_BYTES) }],
  ["the range, and then more than that", 206, { "content-range": "bytes 0-9/10" }],
  ["another range", 206, { "content-range": "bytes 5-14/20" }],
  ["a longer range", 206, { "content-range": "bytes 0-10/20" }],
  ["a range without saying which", 206, {}],
] as [string, number, Record<string, string>][])("of a server that sends %s, a small part is refused", async (_what, status, headers) => {
  const session = await opened((_request, response) => sendEndlessly(response, status, headers));
  await expect(readAll(session, SMALL)).rejects.toMatchObject({ code: "not-understood" });
  await expectLittleTaken();
  await session.close();
});

test("a server that knows no ranges is read where the whole object is what was asked for, and not in its middle", async () => {
  const session = await opened((_request, response) => void response.writeHead(200).end("0123456789"));
  expect((await readAll(session, SMALL)).toString()).toBe("0123456789");
  await expect(readAll(session, { offsetBytes: 5, lengthBytes: 10 })).rejects.toMatchObject({ code: "not-understood" });
  await session.close();
});

test("marks, descriptions and key files are no way in for more than their size", async () => {
  const list = `<R><Contents><Key>${FOLDER}/keys/${KEY_ID}.1.age</Key><Size>10</Size></Contents></R>`;
  const session = await opened((request, response) => {
    if (request.method === "HEAD") return void response.writeHead(200, { "content-length": "10" }).end();
    if (request.url?.includes("list-type")) return void response.writeHead(200).end(list);
    sendEndlessly(response, 206, { "content-range": "bytes 0-9/10" });
  });
  await expect(readSmallObject(session, "key", 4096)).rejects.toMatchObject({ code: "not-understood" });
  const keys = await findKeyFiles(session, FOLDER, () => undefined);
  await expect(keys.read(KEY_ID)).rejects.toMatchObject({ code: "not-understood" });
  await expectLittleTaken();
  await session.close();
});

test("a small object is counted where a connector lets more through", async () => {
  const session = await opened((request, response) => {
    if (request.method === "HEAD") response.writeHead(200, { "content-length": "10" }).end();
    else sendEndlessly(response, 200);
  });
  const loose = { ...session, get: (key: string) => session.get(key) };
  await expect(readSmallObject(loose, "key", 4096)).rejects.toMatchObject({ code: "not-understood" });
  await expectLittleTaken();
  await session.close();
});

test.each([
  ["a listing", 200],
  ["an error", 404],
])("%s without end is not gathered", async (_what, status) => {
  const session = await opened((_request, response) => sendEndlessly(response, status));
  const list = async () => {
    for await (const object of session.list("t")) expect(object).toBeUndefined();
  };
  await expect(list()).rejects.toMatchObject({ code: "not-understood" });
  await Promise.all(closed);
  expect(sentBytes).toBeLessThan(2 * IN_FLIGHT_BYTES);
  await session.close();
});
