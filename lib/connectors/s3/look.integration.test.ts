import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createS3Stage, type S3Stage } from "#e2e/servers/s3-stage.ts";

let stage: S3Stage;
beforeAll(async () => {
  stage = await createS3Stage();
}, 90_000);
afterAll(() => stage.close());

test.each([
  ["who may do what the printed policy says", () => ({})],
  ["who may do everything", () => ({ accessKeyId: stage.server.accessKeyId, secretAccessKey: stage.server.secretAccessKey })],
])("to somebody %s, an object that appears while it is looked at is missing first and then there, and no error", async (_who, keys) => {
  const session = await stage.open(keys());
  for (let round = 0; round < 15; round += 1) {
    const key = randomUUID();
    const seen: (number | undefined)[] = [];
    const looking = Array.from({ length: 6 }, async () => {
      while (!seen.includes(1)) seen.push((await session.stat(key))?.sizeBytes);
    });
    await session.put(key, Readable.from([Buffer.from("x")]));
    await Promise.all(looking);
    expect(new Set(seen)).toEqual(new Set([undefined, 1]));
  }
  await session.close();
});
