import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { BadRequestError } from "#lib/errors.ts";
import { readBody } from "#lib/http/read-body.ts";

/** As a program sends it that does not say how long it will be. */
function chunked(pieces: Iterable<Uint8Array>): Request {
  return new Request("https://holdfast.example/", {
    method: "POST",
    body: Readable.toWeb(Readable.from(pieces)),
    duplex: "half",
  } as RequestInit);
}

test("a body that never says its size is read up to 1 MiB and not a piece further", async () => {
  let given = 0;
  function* endless() {
    for (;;) {
      given += 1;
      yield new Uint8Array(64 * 1024);
    }
  }
  await expect(readBody(chunked(endless()))).rejects.toBeInstanceOf(BadRequestError);
  expect(given).toBeLessThan(32);
});

test("a body is read whole, wherever its letters are cut", async () => {
  const bytes = new TextEncoder().encode('{"name":"🗝️ ünï"}');
  expect(await readBody(chunked(Array.from(bytes, (byte) => Uint8Array.of(byte))))).toBe('{"name":"🗝️ ünï"}');
  expect(await readBody(new Request("https://holdfast.example/", { method: "DELETE" }))).toBe("");
});
