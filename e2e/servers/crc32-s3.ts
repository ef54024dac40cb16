import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { crc32 } from "node:zlib";

/** A server with one bucket in memory that honestly tells the CRC-32 of whole objects, as Amazon S3 does and no server that runs here. Small objects only. */
export interface Crc32S3 {
  /** As a destination's configuration has it. */
  config: { endpoint: string; bucket: string; accessKeyId: string; secretAccessKey: string };
  objects: Map<string, Buffer>;
  stop(): Promise<void>;
}

const BUCKET = "bucket";

export async function startCrc32S3(): Promise<Crc32S3> {
  const objects = new Map<string, Buffer>();
  const server = http.createServer((request, response) => void answer(objects, request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    config: { endpoint, bucket: BUCKET, accessKeyId: "a", secretAccessKey: "b" },
    objects,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(objects: Map<string, Buffer>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://x");
  const key = decodeURIComponent(pathname.slice(`/${BUCKET}/`.length));
  const sent = await buffer(request);
  if (searchParams.has("list-type")) return void response.end(listing(objects, searchParams.get("prefix") ?? ""));
  if (request.method === "PUT")
    return void response.writeHead(objects.has(key) ? 412 : 200, { etag: '"e"' }).end(store(objects, key, sent));
  if (request.method === "DELETE") {
    objects.delete(key);
    return void response.writeHead(204).end();
  }
  const content = objects.get(key);
  if (!content) return void response.writeHead(404).end("<Error><Code>NoSuchKey</Code></Error>");
  const headers = { "x-amz-checksum-crc32": crc32Of(content), "x-amz-checksum-type": "FULL_OBJECT", etag: '"e"' };
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
  if (first === undefined) return void response.writeHead(200, { ...headers, "content-length": content.length }).end(content);
  const part = content.subarray(Number(first), Number(last) + 1);
  const range = `bytes ${first}-${Number(first) + part.length - 1}/${content.length}`;
  response.writeHead(206, { ...headers, "content-range": range, "content-length": part.length }).end(part);
}

function store(objects: Map<string, Buffer>, key: string, content: Buffer): string {
  if (objects.has(key)) return "<Error><Code>PreconditionFailed</Code></Error>";
  objects.set(key, content);
  return "";
}

function listing(objects: Map<string, Buffer>, prefix: string): string {
  const found = [...objects].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
  return `<R>${found.map(([key, { length }]) => `<Contents><Key>${key}</Key><Size>${length}</Size></Contents>`).join("")}</R>`;
}

function crc32Of(content: Buffer): string {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32(content));
  return value.toString("base64");
}
