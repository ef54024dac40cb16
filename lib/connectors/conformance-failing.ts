import { PassThrough, Readable } from "node:stream";
import { expect, test } from "vitest";
import { bodyOf, bytes, expectSentence, failureOf, freshKey, MIB, textOf } from "#lib/connectors/conformance-bytes.ts";
import { type Description, type Opened, required } from "#lib/connectors/conformance-candidate.ts";

/** With a code that a destination knows too: it must not be taken for the destination's own error. */
const SOURCE_BROKE = Object.assign(new Error("the source broke"), { code: "ENOENT" });

export function describeFailing(opened: Opened, lacks: NonNullable<Description["lacks"]>): void {
  describeUnfinished(opened);
  describeAborting(opened);
  if (!lacks.smallPlace) describeFull(opened);

  test("a missing bucket or folder is told in a sentence", async () => {
    // Not "missing": that is said of objects, and would be taken for a backup that is gone.
    expectSentence(await failureOf(opened().candidate.openWithMissingContainer), "refused");
  });

  if (lacks.credentials) return;
  test("wrong credentials are told in a sentence", async () => {
    expectSentence(await failureOf(required(opened().candidate.openWithWrongCredentials)), "refused");
  });
}

function describeFull(opened: Opened): void {
  test("a full disk is told in a sentence, and the room is given back", async () => {
    const session = await required(opened().candidate.openSmall)();
    const key = `${freshKey()}/large`;
    for (let attempt = 0; attempt < 2; attempt++) {
      expectSentence(await failureOf(() => session.put(key, Readable.from(bytes(24 * MIB)))), "full");
      expect(await session.stat(key)).toBeNull();
    }
    const small = freshKey();
    await session.put(small, Readable.from(bytes(MIB / 2)));
    expect(await session.stat(small)).toMatchObject({ sizeBytes: MIB / 2 });
    expect(await Array.fromAsync(session.list("conformance"))).toEqual([{ key: small, sizeBytes: MIB / 2 }]);
    await session.remove(small);
    await session.close();
  });
}

function describeUnfinished(opened: Opened): void {
  test.each([
    ["early", 1000],
    ["in the middle", 18 * MIB],
  ])("a body that breaks %s leaves nothing", async (_when, sizeBytes) => {
    const { candidate, session } = opened();
    const key = freshKey();
    const before = await candidate.list();
    expect(await failureOf(() => session.put(key, Readable.from(breaking(sizeBytes))))).toBe(SOURCE_BROKE);
    expect(await session.stat(key)).toBeNull();
    expect(await candidate.list()).toEqual(before);
    await session.put(key, bodyOf("a second attempt"));
    expect(await textOf(await session.get(key))).toBe("a second attempt");
    await session.remove(key);
  });

  test("a body that breaks before anybody reads it leaves nothing, and breaks nothing else", async () => {
    // While the destination still looks around: an error that nobody listens for ends the process (addAbortSignal, called at once, listens).
    const { candidate, session } = opened();
    const before = await candidate.list();
    const body = new Readable({ read: () => undefined });
    const failure = failureOf(() => session.put(freshKey(), body));
    body.destroy(SOURCE_BROKE);
    expect(await failure).toBe(SOURCE_BROKE);
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
}

function describeAborting(opened: Opened): void {
  test.each([
    ["flows", false],
    ["stands still", true],
  ])("a put that is aborted while its body %s leaves nothing", async (_how, still) => {
    const { candidate, session } = opened();
    const key = freshKey();
    const before = await candidate.list();
    const controller = new AbortController();
    const aborted = await candidate.open({ signal: controller.signal });
    const body = still ? standingStill() : Readable.from(endless());
    const failure = failureOf(() => aborted.put(key, body));
    setTimeout(() => controller.abort(new Error("cancelled")), 300);
    expect(await failure).toBeInstanceOf(Error);
    await aborted.close();
    expect(await session.stat(key)).toBeNull();
    expect(await candidate.list()).toEqual(before);
  });

  test("a put after the signal aborted fails as any other, and does not end the process with an error that nobody listens for", async () => {
    const { candidate, session } = opened();
    const key = freshKey();
    const controller = new AbortController();
    const aborted = await candidate.open({ signal: controller.signal });
    controller.abort(new Error("cancelled"));
    expect(await failureOf(() => aborted.put(key, Readable.from([Buffer.from("late")], { objectMode: false })))).toBeInstanceOf(Error);
    await aborted.close();
    expect(await session.stat(key)).toBeNull();
  });

  test("a get that is aborted breaks, and does not end as if it were whole", async () => {
    const { candidate, session } = opened();
    const key = freshKey();
    await session.put(key, Readable.from(bytes(20 * MIB)));
    const controller = new AbortController();
    const aborted = await candidate.open({ signal: controller.signal });
    const body = await aborted.get(key);
    const read = async () => {
      for await (const chunk of body) if ((chunk as Buffer).length > 0) controller.abort(new Error("cancelled"));
    };
    expect(await failureOf(read)).toBeInstanceOf(Error);
    await aborted.close();
    await session.remove(key);
  });
}

function* breaking(afterBytes: number): Generator<Buffer> {
  yield* bytes(afterBytes);
  throw SOURCE_BROKE;
}

async function* endless(): AsyncGenerator<Buffer> {
  for (;;) {
    yield* bytes(MIB);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function standingStill(): Readable {
  const body = new PassThrough({ highWaterMark: 32 * MIB });
  for (const chunk of bytes(9 * MIB)) body.write(chunk);
  return body;
}
