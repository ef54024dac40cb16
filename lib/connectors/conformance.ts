import { createHash, randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DestinationSession } from "#lib/connectors/connector.ts";

const MIB = 1024 * 1024;

/** With a code that a destination knows too: it must not be taken for the destination's own error. */
const SOURCE_BROKE = Object.assign(new Error("the source broke"), { code: "ENOENT" });

/** What a kind of destination brings to the suite. */
export interface Candidate {
  open(): Promise<DestinationSession>;
  /** Opening, and where that is lazy also storing, with credentials that are wrong; null where there are none. */
  openWithWrongCredentials: (() => Promise<DestinationSession>) | null;
  openWithMissingContainer: () => Promise<DestinationSession>;
  /** Every name that lies in the destination, in whatever way the destination itself lists. */
  list(): Promise<string[]>;
  stop(): Promise<void>;
}

/** The suite that every destination must pass: what DestinationSession promises, tried on the real thing. */
export function describeDestination(name: string, start: () => Promise<Candidate>): void {
  describe(`a destination: ${name}`, () => {
    let candidate: Candidate;
    let session: DestinationSession;
    beforeAll(async () => {
      candidate = await start();
      session = await candidate.open();
    }, 120_000);
    afterAll(async () => {
      await session.close();
      await candidate.stop();
    });
    const opened = () => ({ candidate, session });
    describeStoring(opened);
    describeReading(opened);
    describeListing(opened);
    describeFailing(opened);
  });
}

type Opened = () => { candidate: Candidate; session: DestinationSession };

function describeStoring(opened: Opened): void {
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
    expect(await session.stat(key)).toEqual({ sizeBytes });
    expect(await digest(await session.get(key))).toBe(sent.digest());
    await session.remove(key);
  });

  test.each([
    "with spaces/in a name.txt",
    "ünïcödé/日本語/עברית",
    "emoji/🗝️🔒",
    "plus+percent%20/=equals&and",
    "quote'\"`;#?*[x]",
    "back\\slash",
    "trailing.",
    "~tilde@at:colon,(x)!$",
  ])("takes the key %s", async (suffix) => {
    const { session } = opened();
    const key = `${freshKey()}/${suffix}`;
    await session.put(key, Readable.from([Buffer.from(suffix)]));
    expect(await session.stat(key)).toEqual({ sizeBytes: Buffer.byteLength(suffix) });
    expect(Buffer.concat(await chunksOf(await session.get(key))).toString()).toBe(suffix);
    await session.remove(key);
    expect(await session.stat(key)).toBeNull();
  });

  test.each(["", "/absolute", "a//b", "a/../b", "..", "./a", "a/", "a\0b", "a\nb", "x".repeat(256), `a/.upload-${randomUUID()}`])(
    "refuses the key %j",
    async (key) => {
      const { session } = opened();
      await expect(session.put(key, Readable.from(["x"]))).rejects.toMatchObject({ code: "invalid-key" });
      await expect(session.get(key)).rejects.toMatchObject({ code: "invalid-key" });
      await expect(session.stat(key)).rejects.toMatchObject({ code: "invalid-key" });
      await expect(session.remove(key)).rejects.toMatchObject({ code: "invalid-key" });
    },
  );

  test("never replaces an object", async () => {
    const { session } = opened();
    const key = freshKey();
    await session.put(key, Readable.from(["first"]));
    await expect(session.put(key, Readable.from(["second"]))).rejects.toMatchObject({ code: "exists" });
    expect(Buffer.concat(await chunksOf(await session.get(key))).toString()).toBe("first");
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
    await session.remove(key);
  });
}

function describeReading(opened: Opened): void {
  test("reads a part", async () => {
    const { session } = opened();
    const key = freshKey();
    await session.put(key, Readable.from([Buffer.from("0123456789")]));
    const part = async (offsetBytes: number, lengthBytes: number) =>
      Buffer.concat(await chunksOf(await session.get(key, { offsetBytes, lengthBytes }))).toString();
    expect(await part(0, 4)).toBe("0123");
    expect(await part(3, 4)).toBe("3456");
    expect(await part(8, 2)).toBe("89");
    expect(await part(8, 100)).toBe("89");
    expect(await part(2, 0)).toBe("");
    await session.remove(key);
  });

  test("says that an object is missing, and removing it again is fine", async () => {
    const { session } = opened();
    const key = freshKey();
    expect(await session.stat(key)).toBeNull();
    await expect(session.get(key)).rejects.toMatchObject({ code: "missing" });
    await session.put(key, Readable.from(["x"]));
    await session.remove(key);
    await session.remove(key);
    expect(await session.stat(key)).toBeNull();
  });
}

function describeListing(opened: Opened): void {
  test("lists what lies below a folder, and nothing beside it", async () => {
    const { session } = opened();
    const folder = freshKey();
    const names = ["a", "b/c", "b/d/e.json", "ünïcödé #1 +%/x"];
    for (const name of names) await session.put(`${folder}/${name}`, Readable.from([Buffer.from(name)]));
    await session.put(`${folder}-beside`, Readable.from(["x"]));
    const listed = await Array.fromAsync(session.list(folder));
    const expected = names.map((name) => ({ key: `${folder}/${name}`, sizeBytes: Buffer.byteLength(name) }));
    expect(listed.sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual(expected.sort((a, b) => (a.key < b.key ? -1 : 1)));
    expect(await Array.fromAsync(session.list(`${folder}/nothing here`))).toEqual([]);
    for (const key of [...names.map((name) => `${folder}/${name}`), `${folder}-beside`]) await session.remove(key);
    expect(await Array.fromAsync(session.list(folder))).toEqual([]);
  });
}

function describeFailing(opened: Opened): void {
  test.each([
    ["early", 1000],
    ["in the middle", 18 * MIB],
  ])("a body that breaks %s leaves nothing", async (_when, sizeBytes) => {
    const { candidate, session } = opened();
    const key = freshKey();
    const before = await candidate.list();
    const failure: unknown = await session.put(key, Readable.from(breaking(sizeBytes))).catch((error: unknown) => error);
    expect(failure).toBe(SOURCE_BROKE);
    expect(await session.stat(key)).toBeNull();
    expect(await candidate.list()).toEqual(before);
  });

  test("giving up an upload that a dead process left behind succeeds, more than once", async () => {
    const { candidate, session } = opened();
    const key = freshKey();
    const before = await candidate.list();
    let uploadId = "";
    const stopped = session.put(key, Readable.from(bytes(9 * MIB)), {
      onUploadId: (id) => {
        uploadId = id;
        return Promise.reject(new Error("could not be written down"));
      },
    });
    await expect(stopped).rejects.toThrow("could not be written down");
    await session.abortUpload(key, uploadId);
    await session.abortUpload(key, uploadId);
    expect(await candidate.list()).toEqual(before);
  });

  test("wrong credentials and a missing bucket or folder are told in a sentence", async () => {
    const { candidate } = opened();
    const attempts = [candidate.openWithMissingContainer, candidate.openWithWrongCredentials].filter((attempt) => attempt !== null);
    for (const attempt of attempts) {
      const failure: unknown = await attempt().catch((error: unknown) => error);
      expect(failure).toHaveProperty("name", "DestinationError");
      expect(failure).toHaveProperty("message", expect.stringMatching(/^[\p{Lu}“].*\.$/u));
    }
  });
}

function freshKey(): string {
  return `conformance/${randomUUID()}`;
}

/** Bytes that repeat nowhere near a part's length, so that swapped parts would show. */
function* bytes(sizeBytes: number): Generator<Buffer> {
  const block = Buffer.alloc(65_521);
  for (let offset = 0, counter = 0; offset < sizeBytes; offset += block.length, counter++) {
    block.fill(counter % 251);
    block.writeUInt32BE(counter, 0);
    yield Buffer.from(block.subarray(0, Math.min(block.length, sizeBytes - offset)));
  }
}

function* breaking(afterBytes: number): Generator<Buffer> {
  yield* bytes(afterBytes);
  throw SOURCE_BROKE;
}

function hashing(source: Iterable<Buffer>): { chunks: Iterable<Buffer>; digest: () => string } {
  const hash = createHash("sha256");
  function* chunks() {
    for (const chunk of source) {
      hash.update(chunk);
      yield chunk;
    }
  }
  return { chunks: chunks(), digest: () => hash.digest("hex") };
}

async function digest(body: Readable): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of body) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

async function chunksOf(body: Readable): Promise<Buffer[]> {
  return (await body.toArray()) as Buffer[];
}
