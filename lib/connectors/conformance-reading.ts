import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { bodyOf, bytes, digest, digestOf, freshKey, MIB, textOf } from "#lib/connectors/conformance-bytes.ts";
import type { Description, Opened } from "#lib/connectors/conformance-candidate.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";

const LANES = 4;
const TOPS = 9;

export function describeReading(opened: Opened, { listedObjects }: Description): void {
  test("reads a part", async () => {
    const { session } = opened();
    const key = freshKey();
    await session.put(key, bodyOf("0123456789"));
    const part = async (offsetBytes: number, lengthBytes: number) => textOf(await session.get(key, { offsetBytes, lengthBytes }));
    expect(await part(0, 4)).toBe("0123");
    expect(await part(3, 4)).toBe("3456");
    expect(await part(8, 2)).toBe("89");
    expect(await part(8, 100)).toBe("89");
    expect(await part(2, 0)).toBe("");
    await session.remove(key);
  });

  test("reads a part out of the middle of a large object", async () => {
    const { session } = opened();
    const key = freshKey();
    const whole = Buffer.concat([...bytes(20 * MIB)]);
    await session.put(key, Readable.from([whole]));
    for (const [offsetBytes, lengthBytes] of [
      [8 * MIB - 3, 5 * MIB],
      [32_767, 2],
      [20 * MIB - 1, 1],
    ] as const) {
      const part = await session.get(key, { offsetBytes, lengthBytes });
      expect(await digest(part)).toBe(digestOf([whole.subarray(offsetBytes, offsetBytes + lengthBytes)]));
    }
    await session.remove(key);
  });

  test("goes on after somebody stopped reading in the middle", async () => {
    const { session } = opened();
    const key = freshKey();
    await session.put(key, Readable.from(bytes(9 * MIB)));
    for await (const chunk of await session.get(key)) {
      expect((chunk as Buffer).length).toBeGreaterThan(0);
      break;
    }
    (await session.get(key)).destroy();
    expect(await session.stat(key)).toMatchObject({ sizeBytes: 9 * MIB });
    expect(await digest(await session.get(key))).toBe(digestOf(bytes(9 * MIB)));
    await session.remove(key);
  });

  test("says that an object is missing, and removing it again is fine", async () => {
    const { session } = opened();
    const key = freshKey();
    expect(await session.stat(key)).toBeNull();
    await expect(session.get(key)).rejects.toMatchObject({ code: "missing" });
    await expect(session.get(key, { offsetBytes: 1, lengthBytes: 1 })).rejects.toMatchObject({ code: "missing" });
    await session.put(key, bodyOf("x"));
    await session.remove(key);
    await session.remove(key);
    await session.remove(`${key}/below/what/is/not/there`);
    expect(await session.stat(key)).toBeNull();
  });

  test("lists what lies below a folder, and nothing beside it", async () => {
    const { session } = opened();
    const folder = freshKey();
    const names = ["a", "b/c", "b/d/e.json", "ünïcödé #1 +%/x"];
    for (const name of names) await session.put(`${folder}/${name}`, bodyOf(name));
    await session.put(`${folder}-beside`, bodyOf("x"));
    const listed = await Array.fromAsync(session.list(folder));
    const expected = names.map((name) => ({ key: `${folder}/${name}`, sizeBytes: Buffer.byteLength(name) }));
    expect(listed.sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual(expected.sort((a, b) => (a.key < b.key ? -1 : 1)));
    expect(await Array.fromAsync(session.list(`${folder}/nothing here`))).toEqual([]);
    for (const key of [...names.map((name) => `${folder}/${name}`), `${folder}-beside`]) await session.remove(key);
    expect(await Array.fromAsync(session.list(folder))).toEqual([]);
  });

  test("names the folders at its top, and nothing else there", async () => {
    const { session } = opened();
    const tops = Array.from({ length: TOPS }, (_, index) => `tops-${index} ünïcödé #+%-${randomUUID()}`);
    const loose = `tops-${randomUUID()}`;
    const keys = [...tops.map((top) => `${top}/deep/archive`), `${tops[0]}/archive`, loose];
    for (const key of keys) await session.put(key, bodyOf("x"));
    const named = new Set(await Array.fromAsync(session.folders()));
    expect([...named].filter((name) => name.startsWith("tops-")).sort()).toEqual(tops);
    for (const key of keys) await session.remove(key);
  });

  test("lists more than a page, each object once", async () => {
    const { candidate, session } = opened();
    const folder = freshKey();
    const keys = Array.from({ length: listedObjects }, (_, index) => `${folder}/${String(index).padStart(5, "0")}`);
    const sessions = await Promise.all(Array.from({ length: LANES }, () => candidate.open()));
    await inLanes(sessions, keys, (session, key) => session.put(key, bodyOf("x")));
    const listed = await Array.fromAsync(session.list(folder));
    expect(listed.map(({ key }) => key).sort()).toEqual(keys);
    // Whoever stops listing early leaves the session usable.
    for await (const { sizeBytes } of session.list(folder)) {
      expect(sizeBytes).toBe(1);
      break;
    }
    await inLanes(sessions, keys, (session, key) => session.remove(key));
    await Promise.all(sessions.map((session) => session.close()));
  });
}

async function inLanes(
  sessions: readonly DestinationSession[],
  keys: readonly string[],
  work: (session: DestinationSession, key: string) => Promise<unknown>,
): Promise<void> {
  const lane = async (session: DestinationSession, number: number) => {
    for (const [index, key] of keys.entries()) if (index % sessions.length === number) await work(session, key);
  };
  await Promise.all(sessions.map(lane));
}
