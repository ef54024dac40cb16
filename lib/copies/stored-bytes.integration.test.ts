import { Readable } from "node:stream";
import { createHash, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { S3Server } from "#e2e/servers/radosgw.ts";
import { sharedS3 } from "#e2e/servers/shared-s3.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { s3 } from "#lib/connectors/destinations/s3.ts";
import { proveStoredBytes } from "#lib/copies/stored-bytes.ts";
import { createAddressGuard } from "#lib/net/address-guard.ts";

const BUCKET = "stored-bytes";
const content = randomBytes(20 * 1024 * 1024);
const recorded = {
  sha256: createHash("sha256").update(content).digest("hex"),
  sizeBytes: content.length,
  crc32: crc32(content),
};

let server: S3Server;
let session: DestinationSession;

beforeAll(async () => {
  server = await sharedS3();
  await server.createBucket(BUCKET);
  const { endpoint, region, accessKeyId, secretAccessKey } = server;
  const config = s3.config.parse({ endpoint, region, bucket: BUCKET, prefix: "p", accessKeyId, secretAccessKey });
  session = await s3.open(config, {
    signal: new AbortController().signal,
    network: createAddressGuard({ allowed: "embedded-default" }),
    localRoots: [],
  });
  await session.put("a", Readable.from([content], { objectMode: false }));
});
afterAll(async () => {
  await session.close();
  await server.stop();
});

test("an object is the recorded one by the server's own checksum, or by reading it; another one is refused both ways", async () => {
  const own = await session.checksum?.("a");
  const how = await proveStoredBytes(session, "a", recorded);
  expect(how).toBe(own?.algorithm === "crc32" ? "checksum" : "read");
  expect(await proveStoredBytes(session, "a", { ...recorded, crc32: null })).toBe(own?.algorithm === "sha256" ? "checksum" : "read");
  const refusal = { code: "not-the-recorded-archive" };
  const other = { ...recorded, crc32: (recorded.crc32 ^ 1) >>> 0, sha256: "0".repeat(64) };
  await expect(proveStoredBytes(session, "a", other)).rejects.toMatchObject(refusal);
  await expect(proveStoredBytes(session, "a", { ...other, crc32: null })).rejects.toMatchObject(refusal);
  await expect(proveStoredBytes(session, "a", { ...recorded, sizeBytes: recorded.sizeBytes - 1 })).rejects.toMatchObject(refusal);
});

test("a checksum of the server spares the reading", async () => {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(recorded.crc32);
  // The same server as one that tells it.
  const telling: DestinationSession = {
    ...session,
    checksum: () => Promise.resolve({ algorithm: "crc32", value: checksum }),
    get: () => Promise.reject(new Error("It was read.")),
  };
  expect(await proveStoredBytes(telling, "a", recorded)).toBe("checksum");
  await expect(proveStoredBytes(telling, "a", { ...recorded, sizeBytes: 1 })).rejects.toMatchObject({ code: "not-the-recorded-archive" });
  await expect(proveStoredBytes(telling, "a", { ...recorded, crc32: (recorded.crc32 ^ 1) >>> 0 })).rejects.toMatchObject({
    code: "not-the-recorded-archive",
  });
  const strange: DestinationSession = { ...session, checksum: () => Promise.resolve({ algorithm: "crc64nvme", value: Buffer.alloc(8) }) };
  expect(await proveStoredBytes(strange, "a", recorded)).toBe("read");
});
