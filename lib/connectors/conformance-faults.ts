import { Readable } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import { bodyOf, bytes, digest, expectSentence, failureOf, freshKey, MIB, offsetsBelow } from "#lib/connectors/conformance-bytes.ts";
import { type Description, type Opened, required } from "#lib/connectors/conformance-candidate.ts";
import type { DestinationSession, Timeouts } from "#lib/connectors/connector.ts";
import { startFaultProxy, type FaultProxy } from "#e2e/servers/fault-proxy.ts";

const SIZE_BYTES = 12 * MIB;
const CUTS = offsetsBelow(SIZE_BYTES, 6).map((offset, index) => ({ offset, how: index % 2 ? ("reset" as const) : ("end" as const) }));
/** Longer than a busy machine takes for anything that is not to fail. */
const PATIENT: Timeouts = { connectMs: 5000, idleMs: 5000 };
/** Connecting may take its time; silence is what these tests wait for. */
const IMPATIENT: Timeouts = { connectMs: 5000, idleMs: 500 };
/** For connecting where nobody answers. */
const HASTY: Timeouts = { connectMs: 200, idleMs: 200 };

/** What must hold when the network or the server misbehaves. */
export function describeFaults(opened: Opened, { lacks = {}, shownElsewhere = {} }: Description): void {
  describe("behind a network that misbehaves", () => {
    const closing: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close();
    });
    const interpose: Interpose = async (timeouts) => {
      const { candidate, session } = opened();
      const server = required(candidate.server);
      const proxy = await startFaultProxy(server, server.protocol);
      closing.push(() => proxy.close());
      const open = (others = timeouts) => candidate.open({ through: proxy, timeouts: others });
      const through = await open();
      closing.push(() => through.close());
      return { proxy, open, through, session };
    };
    // One that ends and one that breaks off, where every cut is shown elsewhere.
    describeCuts(opened, interpose, shownElsewhere.everyCut ? CUTS.slice(0, 2) : CUTS);
    describeStalls(interpose);
    if (!lacks.http) describeAnswers(interpose);
  });
}

interface Interposed {
  proxy: FaultProxy;
  /** Opens one more session through the proxy. */
  open: (timeouts?: Timeouts) => Promise<DestinationSession>;
  through: DestinationSession;
  /** One that goes round the proxy. */
  session: DestinationSession;
}

type Interpose = (timeouts: Timeouts) => Promise<Interposed>;

function describeCuts(opened: Opened, interpose: Interpose, cuts: typeof CUTS): void {
  test.for(cuts)("a put that is cut after $offset bytes ($how) fails, and nothing lists", async ({ offset, how }) => {
    const stage = await interpose(PATIENT);
    const { candidate } = opened();
    const before = await candidate.list();
    const folder = freshKey();
    const key = `${folder}/archive`;
    const begun: string[] = [];
    const onUploadId = (id: string) => Promise.resolve(void begun.push(id));
    stage.proxy.cutAfterBytes("up", offset, how);
    expectSentence(await failureOf(() => stage.through.put(key, Readable.from(bytes(SIZE_BYTES)), { onUploadId })), "unreachable");
    expect(await stage.session.stat(key)).toBeNull();
    expect(await Array.fromAsync(stage.session.list(folder))).toEqual([]);
    for (const uploadId of begun) await stage.session.abortUpload(key, uploadId);
    expect(await candidate.list()).toEqual(before);
  });

  test.for(cuts)("a get that is cut after $offset bytes ($how) breaks, and does not end as if it were whole", async (cut) => {
    const stage = await interpose(PATIENT);
    const key = freshKey();
    await stage.session.put(key, Readable.from(bytes(SIZE_BYTES)));
    stage.proxy.cutAfterBytes("down", cut.offset, cut.how);
    expectSentence(await failureOf(async () => digest(await stage.through.get(key))), "unreachable");
    await stage.session.remove(key);
  });

  test("a lost connection is no empty folder and no missing object", async () => {
    const stage = await interpose(PATIENT);
    const folder = freshKey();
    const key = `${folder}/archive`;
    await stage.session.put(key, bodyOf("x"));
    // Less than the shortest answer, FTP's "213 1".
    stage.proxy.cutAfterBytes("down", 3);
    for (const attempt of attemptsAt(stage.through, folder)) expectSentence(await failureOf(attempt), "unreachable");
    expectSentence(await failureOf(() => stage.open()), "unreachable");
    expect(await stage.session.stat(key)).toMatchObject({ sizeBytes: 1 });
    await stage.session.remove(key);
  });
}

function describeStalls(interpose: Interpose): void {
  test("a server that falls silent is given up, whatever it was asked for", async () => {
    const stage = await interpose(IMPATIENT);
    const folder = freshKey();
    const key = `${folder}/archive`;
    await stage.session.put(key, Readable.from(bytes(SIZE_BYTES)));
    const sessions = [stage.through, ...(await Promise.all(attemptsAt(stage.through, folder).map(() => stage.open())))];
    const reading = await stage.through.get(key);
    const read = async () => {
      for await (const chunk of reading) if ((chunk as Buffer).length > 0) stage.proxy.stall();
    };
    expectSentence(await failureOf(read), "unreachable");
    const failures = sessions
      .slice(1)
      .map((session, index) => failureOf(() => attemptsAt(session, folder)[index]?.() ?? Promise.resolve()));
    for (const failure of [...failures, failureOf(() => stage.open(HASTY))]) expectSentence(await failure, "unreachable");
    // What was held back must not reach the server after all.
    stage.proxy.reset();
    stage.proxy.resume();
    await Promise.all(sessions.slice(1).map((session) => session.close()));
    await stage.session.remove(key);
    await stage.session.remove(`${folder}/new`);
  });

  test("a put to a server that falls silent in the middle is given up, and nothing lists", async () => {
    const stage = await interpose(IMPATIENT);
    const folder = freshKey();
    function* stalling() {
      yield* bytes(9 * MIB);
      stage.proxy.stall();
      yield* bytes(9 * MIB);
    }
    expectSentence(await failureOf(() => stage.through.put(`${folder}/archive`, Readable.from(stalling()))), "unreachable");
    expect(await Array.fromAsync(stage.session.list(folder))).toEqual([]);
  });
}

function describeAnswers(interpose: Interpose): void {
  test.for([500, 503])("a server that answers %d for ever is no empty folder and no missing object, and nothing lists", async (status) => {
    const stage = await interpose(PATIENT);
    const folder = freshKey();
    const key = `${folder}/archive`;
    await stage.session.put(key, bodyOf("x"));
    stage.proxy.answer(status);
    const large = () => stage.through.put(`${folder}/large`, Readable.from(bytes(SIZE_BYTES)));
    const failures = [...attemptsAt(stage.through, folder), large].map(failureOf);
    for (const failure of await Promise.all(failures)) expectSentence(failure, "failed", "unreachable");
    stage.proxy.resume();
    expect(await Array.fromAsync(stage.through.list(folder))).toEqual([{ key, sizeBytes: 1 }]);
    await stage.through.remove(key);
  });

  test.for([500, 503])("a %d that passes is tried again", async (status) => {
    const stage = await interpose(PATIENT);
    const folder = freshKey();
    for (const sizeBytes of [1000, SIZE_BYTES]) {
      stage.proxy.answer(status, 2);
      await stage.through.put(`${folder}/${sizeBytes}`, Readable.from(bytes(sizeBytes)));
      stage.proxy.answer(status, 1);
      expect(await stage.through.stat(`${folder}/${sizeBytes}`)).toMatchObject({ sizeBytes });
      stage.proxy.answer(status, 1);
      await stage.through.remove(`${folder}/${sizeBytes}`);
    }
    expect(await Array.fromAsync(stage.through.list(folder))).toEqual([]);
  });
}

/** Everything that can be asked about `folder`/archive, and a put beside it. None of it may be answered while nobody answers. */
function attemptsAt(session: DestinationSession, folder: string): (() => Promise<unknown>)[] {
  const key = `${folder}/archive`;
  return [
    () => session.stat(key),
    () => session.stat(`${folder}/nothing`),
    () => Array.fromAsync(session.list(folder)),
    () => Array.fromAsync(session.folders()),
    async () => digest(await session.get(key)),
    async () => digest(await session.get(key, { offsetBytes: 0, lengthBytes: 1 })),
    () => session.remove(key),
    () => session.put(`${folder}/new`, bodyOf("x")),
  ];
}
