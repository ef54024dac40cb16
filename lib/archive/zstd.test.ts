import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { compress, decompress } from "#lib/archive/zstd.ts";

const first = zstdCompressSync("first ".repeat(1000));
const second = zstdCompressSync("second ".repeat(1000));
const plain = "first ".repeat(1000) + "second ".repeat(1000);

test("several frames are read as one, however the input is cut", async () => {
  for (const pieceBytes of [1, 3, first.length, first.length + 1, 10_000]) {
    expect((await decompressed(Buffer.concat([first, second]), pieceBytes)).toString()).toBe(plain);
  }
});

test("whatever follows a frame within the same piece of input is noticed", async () => {
  const more = [Buffer.from("garbage"), Buffer.alloc(1), Buffer.alloc(20), second.subarray(0, second.length - 1), second.subarray(0, 3)];
  for (const rest of more) {
    for (const pieceBytes of [1, 10_000]) {
      await expect(decompressed(Buffer.concat([first, rest]), pieceBytes)).rejects.toMatchObject({ code: "invalid-archive" });
    }
  }
});

test("nothing, and any cut, is refused", async () => {
  for (let end = 0; end < first.length; end += 1) {
    await expect(decompressed(first.subarray(0, end), 10_000)).rejects.toMatchObject({ code: "invalid-archive" });
  }
});

test("an error of the input comes out as it is", async () => {
  async function* failing(): AsyncGenerator<Buffer> {
    yield first.subarray(0, 10);
    await Promise.reject(new Error("the cable was pulled"));
  }
  await expect(buffer(Readable.from(decompress(failing())))).rejects.toThrow("the cable was pulled");
});

test("what is compressed carries a checksum", async () => {
  const stream = compress(3);
  stream.end("content");
  const frame = await buffer(stream);
  expect((frame[4] ?? 0) & 0b100).toBe(0b100);
  const changed = Buffer.from(frame);
  changed[frame.length - 1] = (changed[frame.length - 1] ?? 0) ^ 1;
  await expect(decompressed(changed, 100)).rejects.toMatchObject({ code: "invalid-archive" });
});

async function decompressed(bytes: Buffer, pieceBytes: number): Promise<Buffer> {
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, index) =>
    bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  );
  return buffer(Readable.from(decompress(Readable.from(pieces))));
}
