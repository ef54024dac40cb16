import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { bodyOf, freshKey, textOf } from "#lib/connectors/conformance-bytes.ts";
import type { Opened } from "#lib/connectors/conformance-candidate.ts";

/** Two names that look alike: "é" as one character and as two. */
const COMPOSED = "caf\u00e9";
const DECOMPOSED = "cafe\u0301";

export function describeNames(opened: Opened): void {
  test.each([
    "with spaces/in a name.txt",
    " leading/and trailing ",
    "-rf/--help",
    "!\"#$%&'()*+,-.:;<=>?@[\\]^_`{|}~",
    "quote'\"`;#?*[x]",
    "plus+percent%20/=equals&and",
    "%2e%2e/%2F%00",
    "back\\slash",
    "trailing.",
    "...",
    ".hidden/..hidden",
    "~tilde@at:colon,(x)!$",
    "CON/nul.txt",
    "ünïcödé/日本語/עברית",
    "emoji/🗝️🔒/👩‍💻",
    "zero\u200bwidth/\ufeffmark/right\u202eto left/line\u2028end",
    "x".repeat(255),
    "ü".repeat(127),
    Array.from({ length: 7 }, () => "deep".repeat(27)).join("/"),
  ])("takes the key %s", async (suffix) => {
    const { session } = opened();
    const folder = freshKey();
    const key = `${folder}/${suffix}`;
    const sizeBytes = Buffer.byteLength(suffix);
    await session.put(key, bodyOf(suffix));
    expect(await session.stat(key)).toMatchObject({ sizeBytes });
    expect(await textOf(await session.get(key))).toBe(suffix);
    expect(await Array.fromAsync(session.list(folder))).toEqual([{ key, sizeBytes }]);
    await session.remove(key);
    expect(await session.stat(key)).toBeNull();
  });

  test("takes letters as they are written: what only looks the same is another object", async () => {
    const { session } = opened();
    const folder = freshKey();
    const names = [COMPOSED, DECOMPOSED, "Case", "case"];
    for (const name of names) await session.put(`${folder}/${name}`, bodyOf(name));
    for (const name of names) expect(await textOf(await session.get(`${folder}/${name}`))).toBe(name);
    const listed = await Array.fromAsync(session.list(folder));
    expect(listed.map(({ key }) => key).sort()).toEqual(names.map((name) => `${folder}/${name}`).sort());
    for (const name of names) await session.remove(`${folder}/${name}`);
  });

  test.each([
    "",
    "/absolute",
    "a//b",
    "a/../b",
    "..",
    "./a",
    "a/",
    "a\0b",
    "a\nb",
    "a\u007fb",
    "half a character \ud83d",
    "x".repeat(256),
    `${"x".repeat(200)}/`.repeat(4) + "x".repeat(100),
    `a/.upload-${randomUUID()}`,
  ])("refuses the key %j", async (key) => {
    const { session } = opened();
    const attempts = [
      () => session.put(key, bodyOf("x")),
      () => session.get(key),
      () => session.stat(key),
      () => Array.fromAsync(session.list(key)),
      () => session.remove(key),
      () => session.abortUpload(key, "x"),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: "invalid-key" });
  });
}
