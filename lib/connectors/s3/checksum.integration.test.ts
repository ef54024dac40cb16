import http, { type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { s3 } from "#lib/connectors/destinations/s3.ts";
import type { S3Config } from "#lib/connectors/s3/config.ts";
import { s3Context } from "#e2e/servers/s3-stage.ts";

const MIB = 1024 * 1024;
const SHA256 = Buffer.alloc(32, 7).toString("base64");

interface Recorded {
  what: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/**
 * No S3 server that runs here keeps checksums of whole objects, so this stands in for one: it records what it is asked and answers as Amazon S3
 * documents. It is good for nothing else.
 */
async function withRecorder(
  answers: { begun?: Record<string, string>; head?: Record<string, string> },
  work: (session: DestinationSession, recorded: Recorded[]) => Promise<void>,
  config: Partial<S3Config> = {},
): Promise<void> {
  const recorded: Recorded[] = [];
  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://x");
    const what = [request.method, ...url.searchParams.keys()].filter((name) => name !== "x-id").join(" ");
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      recorded.push({ what, headers: request.headers, body: Buffer.concat(chunks).toString() });
      const there = recorded.some((each) => each.what === "POST uploadId" || each.what === "PUT") || answers.head !== undefined;
      if ((what === "GET" || what === "HEAD") && !there) return void response.writeHead(404).end("<Error><Code>NoSuchKey</Code></Error>");
      if (what === "HEAD") return void response.writeHead(200, { "content-length": "5", ...answers.head }).end();
      if (what === "POST uploads") response.writeHead(200, answers.begun ?? {}).write("<R><UploadId>id</UploadId></R>");
      else response.writeHead(200, { etag: '"e"' });
      response.end(what === "POST uploadId" ? "<R><ETag>e-2</ETag></R>" : "");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const session = await s3.open(
    s3.config.parse({ endpoint, bucket: "bucket", accessKeyId: "a", secretAccessKey: "b", ...config }),
    s3Context(),
  );
  try {
    await work(session, recorded);
  } finally {
    await session.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const asked = (recorded: Recorded[], what: string): IncomingHttpHeaders => recorded.find((each) => each.what === what)?.headers ?? {};

test("an upload in parts asks for one checksum of the whole, and tells it and the size for the server to compare", async () => {
  const bytes = Buffer.concat([Buffer.alloc(8 * MIB, 1), Buffer.alloc(1000, 2)]);
  const expected = Buffer.alloc(4);
  expected.writeUInt32BE(crc32(bytes));
  await withRecorder({ begun: { "x-amz-checksum-type": "FULL_OBJECT" } }, async (session, recorded) => {
    await session.put("key", Readable.from([bytes]));
    expect(asked(recorded, "POST uploads")).toMatchObject({ "x-amz-checksum-algorithm": "CRC32", "x-amz-checksum-type": "FULL_OBJECT" });
    expect(asked(recorded, "PUT partNumber uploadId")).toHaveProperty("x-amz-checksum-crc32");
    expect(asked(recorded, "POST uploadId")).toMatchObject({
      "x-amz-checksum-crc32": expected.toString("base64"),
      "x-amz-checksum-type": "FULL_OBJECT",
      "x-amz-mp-object-size": String(bytes.length),
      "if-none-match": "*",
    });
  });
});

test("a server that does not say that it keeps one is not told one, which it might take for one of the parts'", async () => {
  await withRecorder({}, async (session, recorded) => {
    await session.put("key", Readable.from([Buffer.alloc(9 * MIB)]));
    expect(asked(recorded, "POST uploadId")).not.toHaveProperty("x-amz-checksum-crc32");
    expect(asked(recorded, "POST uploadId")).not.toHaveProperty("x-amz-mp-object-size");
  });
});

test("where checksums are sent only when required, none is asked for", async () => {
  await withRecorder(
    {},
    async (session, recorded) => {
      await session.put("key", Readable.from([Buffer.alloc(9 * MIB)]));
      for (const { headers } of recorded) expect(Object.keys(headers).filter((name) => name.includes("checksum-"))).toEqual([]);
    },
    { checksumMode: "when_required" },
  );
});

test.each<[string, Partial<S3Config>, Record<string, string>]>([
  ["a storage class", { storageClass: "GLACIER_IR" }, { "x-amz-storage-class": "GLACIER_IR" }],
  ["the server's own keys", { serverSideEncryption: "AES256" }, { "x-amz-server-side-encryption": "AES256" }],
  [
    "a key of a key service",
    { serverSideEncryption: "aws:kms", kmsKeyId: "arn:aws:kms:eu-central-1:1:key/k" },
    { "x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:eu-central-1:1:key/k" },
  ],
])("%s goes with what makes an object, and with nothing else", async (_what, config, expected) => {
  await withRecorder(
    { begun: expected },
    async (session, recorded) => {
      await session.put("key", Readable.from([Buffer.alloc(9 * MIB)]));
      expect(asked(recorded, "POST uploads")).toMatchObject(expected);
      for (const name of Object.keys(expected)) expect(asked(recorded, "PUT partNumber uploadId")).not.toHaveProperty(name);
    },
    config,
  );
});

test("a server that does not encrypt as it was asked to is found out before a byte is sent", async () => {
  await withRecorder(
    {},
    async (session, recorded) => {
      await expect(session.put("key", Readable.from([Buffer.alloc(9 * MIB)]))).rejects.toThrow(/did not encrypt with AES256/);
      expect(recorded.map(({ what }) => what)).not.toContain("PUT partNumber uploadId");
      expect(recorded.at(-1)?.what).toBe("DELETE uploadId");
    },
    { serverSideEncryption: "AES256" },
  );
});

test.each<[string, Record<string, string>, unknown]>([
  [
    "a CRC32 of the whole",
    { "x-amz-checksum-crc32": "AAECAw==", "x-amz-checksum-type": "FULL_OBJECT" },
    { algorithm: "crc32", value: Buffer.from([0, 1, 2, 3]) },
  ],
  [
    "a CRC64NVME of the whole",
    { "x-amz-checksum-crc64nvme": "AAECAwQFBgc=", "x-amz-checksum-type": "FULL_OBJECT" },
    { algorithm: "crc64nvme", value: Buffer.from([0, 1, 2, 3, 4, 5, 6, 7]) },
  ],
  ["a SHA-256 of one part", { "x-amz-checksum-sha256": SHA256, etag: '"abc"' }, { algorithm: "sha256", value: Buffer.alloc(32, 7) }],
  ["one of the parts' checksums, by its type", { "x-amz-checksum-sha256": SHA256, "x-amz-checksum-type": "COMPOSITE" }, null],
  ["one of the parts' checksums, by its own end", { "x-amz-checksum-crc32": "AAECAw==-2" }, null],
  ["one of the parts' checksums, by the ETag's end", { "x-amz-checksum-crc32": "AAECAw==", etag: '"abc-2"' }, null],
  ["a checksum of the wrong length", { "x-amz-checksum-crc32": "AAEC", "x-amz-checksum-type": "FULL_OBJECT" }, null],
  ["nothing", {}, null],
])("%s is taken for what it is", async (_what, head, expected) => {
  await withRecorder({ head }, async (session, recorded) => {
    expect(await session.checksum?.("key")).toEqual(expected);
    expect(recorded.at(-1)?.headers).toMatchObject({ "x-amz-checksum-mode": "ENABLED" });
  });
});
