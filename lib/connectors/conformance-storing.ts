import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { bytes, bodyOf, digest, digestOf, freshKey, hashing, MIB, textOf } from "#lib/connectors/conformance-bytes.ts";
import type { Description, Opened } from "#lib/connectors/conformance-candidate.ts";
import { unfinishedName } from "#lib/connectors/object-key.ts";

/** Far less than what is sent, and room for what the runtime itself takes meanwhile. */
const MEMORY_BYTES = 150 * MIB;

export function describeStoring(opened: Opened, { lacks = {}, shownElsewhere = {} }: Description): void {
  test.each([
    ["nothing", 0],
    ["one byte", 1],
    ["one byte less than 64 KiB", 64 * 1024 - 1],
    ["64 KiB", 64 * 1024],
    ["one byte more than 64 KiB", 64 * 1024 + 1],
    ["one byte less than 8 MiB", 8 * MIB - 1],
    ["8 MiB", 8 * MIB],
    ["one byte more than 8 MiB", 8 * MIB + 1],
    ["20 MB", 20_000_000],
  ])("gives back %s", async (_size, sizeBytes) => {
    const { session } = opened();
    const key = freshKey();
    const sent = hashing(bytes(sizeBytes));
    expect(await session.put(key, Readable.from(sent.chunks))).toEqual({ sizeBytes });
    expect(await session.stat(key)).toMatchObject({ sizeBytes });
    expect(await digest(await session.get(key))).toBe(sent.digest());
    await session.remove(key);
  });

  test("never replaces an object", async () => {
    const { session } = opened();
    const key = freshKey();
    await session.put(key, bodyOf("first"));
    await expect(session.put(key, bodyOf("second"))).rejects.toMatchObject({ code: "exists" });
    expect(await textOf(await session.get(key))).toBe("first");
    await session.remove(key);
  });

  test("tells the name of an unfinished upload before it sends a byte", async () => {
    const { session } = opened();
    const key = freshKey();
    let told = false;
    const onUploadId = async (uploadId: string) => {
      await new Promise((resolve) => setImmediate(resolve));
      expect(uploadId).not.toBe("");
      expect(await session.stat(key)).toBeNull();
      told = true;
    };
    await session.put(key, Readable.from(bytes(9 * MIB)), { onUploadId });
    expect(told).toBe(true);
    // A name that was noted beforehand, and that nothing has.
    await session.abortUpload(key, unfinishedName());
    await session.remove(key);
  });

  if (!shownElsewhere.boundedMemory) describeMemory(opened);
  if (!lacks.raceOfSmall) describeRace(opened, "small ones", 1000);
  if (!lacks.raceOfLarge) describeRace(opened, "large ones", 9 * MIB);
}

function describeMemory(opened: Opened): void {
  test("gives back 200 MB in bounded memory", async () => {
    const { session } = opened();
    const key = freshKey();
    const startBytes = process.memoryUsage.rss();
    let peakBytes = startBytes;
    const look = () => (peakBytes = Math.max(peakBytes, process.memoryUsage.rss()));
    function* watched() {
      for (const chunk of bytes(200_000_000)) {
        look();
        yield chunk;
      }
    }
    const sent = hashing(watched());
    expect(await session.put(key, Readable.from(sent.chunks))).toEqual({ sizeBytes: 200_000_000 });
    const body = await session.get(key);
    body.on("data", look);
    expect(await digest(body)).toBe(sent.digest());
    await session.remove(key);
    expect(peakBytes - startBytes).toBeLessThan(MEMORY_BYTES);
  });
}

function describeRace(opened: Opened, what: string, sizeBytes: number): void {
  test(`of two that write one key at the same time, ${what}, exactly one wins, whole`, async () => {
    const { candidate, session } = opened();
    const before = await candidate.list();
    const other = await candidate.open();
    for (let round = 0; round < 3; round++) {
      const key = freshKey();
      const outcomes = await Promise.allSettled(
        [session, other].map((writer, salt) => writer.put(key, Readable.from(bytes(sizeBytes, salt)))),
      );
      const winners = outcomes.flatMap(({ status }, salt) => (status === "fulfilled" ? [salt] : []));
      expect(winners).toHaveLength(1);
      expect(outcomes.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "exists" } });
      expect(await digest(await session.get(key))).toBe(digestOf(bytes(sizeBytes, winners[0])));
      await session.remove(key);
    }
    await other.close();
    expect(await candidate.list()).toEqual(before);
  });
}
