import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { createZstdCompress, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { compress, decompress } from "#lib/archive/zstd.ts";

const MIB = 1024 * 1024;
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

test("what is compressed is cut into frames of 512 KiB, each with its size and a checksum", async () => {
  const content = Buffer.concat([randomBytes(MIB / 2), Buffer.alloc(MIB), randomBytes(MIB / 4)]);
  const frames = await Array.fromAsync(compress(inPieces(content, 300_000)));
  expect(frames.map((frame) => zstdDecompressSync(frame).length)).toEqual([MIB / 2, MIB / 2, MIB / 2, MIB / 4]);
  expect(await decompressed(Buffer.concat(frames), 70_000)).toEqual(content);
  for (const frame of frames) {
    const descriptor = frame[4] ?? 0;
    expect(descriptor & 0b100).toBe(0b100);
    expect(descriptor >> 6).toBeGreaterThan(0);
    const changed = Buffer.from(frame);
    changed[frame.length - 1] = (changed[frame.length - 1] ?? 0) ^ 1;
    await expect(decompressed(changed, 70_000)).rejects.toMatchObject({ code: "invalid-archive" });
  }
});

test("frames of other writers are read too: long ones, ones without a size, ones to be skipped, in any order", async () => {
  const long = randomBytes(5 * MIB);
  const unsized = createZstdCompress();
  unsized.end("no size");
  const others: [string, Buffer, Buffer][] = [
    ["long", zstdCompressSync(long), long],
    ["unsized", await buffer(unsized), Buffer.from("no size")],
    ["skippable", Buffer.from("502a4d18" + "03000000" + "616263", "hex"), Buffer.alloc(0)],
    ["empty", zstdCompressSync(""), Buffer.alloc(0)],
  ];
  for (const [name, frame, content] of others) {
    const all = Buffer.concat([first, frame, second, frame, frame, first]);
    const wanted = Buffer.concat([Buffer.from("first ".repeat(1000)), content, Buffer.from("second ".repeat(1000)), content, content]);
    for (const pieceBytes of name === "long" ? [100_000] : [1, 1000]) {
      expect((await decompressed(all, pieceBytes)).equals(Buffer.concat([wanted, Buffer.from("first ".repeat(1000))])), name).toBe(true);
    }
  }
});

test("a frame that lies about what it holds is refused", async () => {
  const honest = zstdCompressSync(Buffer.alloc(1000));
  // A descriptor that says: one segment, size in two bytes, which is the size less 256.
  expect(honest.readUInt8(4) >> 5).toBe(0b011);
  for (const claimedBytes of [999, 1001, 65_791]) {
    const lying = Buffer.from(honest);
    lying.writeUInt16LE(claimedBytes - 256, 5);
    await expect(decompressed(lying, 100)).rejects.toMatchObject({ code: "invalid-archive" });
  }
});

test("a frame of blocks that hold nothing comes to an end", async () => {
  async function* endless(): AsyncGenerator<Buffer> {
    // One segment of 0 bytes, then raw blocks of 0 bytes, none of which is the last.
    yield Buffer.from("28b52ffd" + "20" + "00", "hex");
    for (;;) yield await Promise.resolve(Buffer.alloc(3 * 1000));
  }
  await expect(buffer(Readable.from(decompress(endless())))).rejects.toMatchObject({ code: "invalid-archive" });
});

async function decompressed(bytes: Buffer, pieceBytes: number): Promise<Buffer> {
  return buffer(Readable.from(decompress(inPieces(bytes, pieceBytes)), { objectMode: false }));
}

async function* inPieces(bytes: Buffer, pieceBytes: number): AsyncGenerator<Buffer> {
  for (let offset = 0; offset < bytes.length; offset += pieceBytes)
    yield await Promise.resolve(bytes.subarray(offset, offset + pieceBytes));
}
