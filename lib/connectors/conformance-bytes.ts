import { createHash, randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { expect } from "vitest";
import type { DestinationErrorCode } from "#lib/connectors/errors.ts";

export const MIB = 1024 * 1024;

export function freshKey(): string {
  return `conformance/${randomUUID()}`;
}

/** Bytes that repeat nowhere near a part's length, so that swapped parts would show; another `salt` gives others throughout. */
export function* bytes(sizeBytes: number, salt = 0): Generator<Buffer> {
  const block = Buffer.alloc(65_521);
  for (let offset = 0, counter = 0; offset < sizeBytes; offset += block.length, counter++) {
    block.fill((counter + 101 * salt) % 251);
    block.writeUInt32BE(counter, 0);
    yield Buffer.from(block.subarray(0, Math.min(block.length, sizeBytes - offset)));
  }
}

export function hashing(source: Iterable<Buffer>): { chunks: Iterable<Buffer>; digest: () => string } {
  const hash = createHash("sha256");
  function* chunks() {
    for (const chunk of source) {
      hash.update(chunk);
      yield chunk;
    }
  }
  return { chunks: chunks(), digest: () => hash.digest("hex") };
}

export function digestOf(source: Iterable<Buffer>): string {
  const hash = createHash("sha256");
  for (const chunk of source) hash.update(chunk);
  return hash.digest("hex");
}

export async function digest(body: Readable): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of body) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

export async function textOf(body: Readable): Promise<string> {
  return Buffer.concat((await body.toArray()) as Buffer[]).toString();
}

export function bodyOf(text: string): Readable {
  return Readable.from([Buffer.from(text)]);
}

/** What `work` fails with. */
export async function failureOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail.");
}

/** A DestinationError of one of the codes whose message is one or more whole sentences. */
export function expectSentence(failure: unknown, ...codes: DestinationErrorCode[]): void {
  expect(failure).toHaveProperty("name", "DestinationError");
  expect(failure).toHaveProperty("message", expect.stringMatching(/^[\p{L}\d“].*\.$/u));
  expect(codes).toContain((failure as { code?: unknown }).code);
}

/** `count` whole numbers below `limit`, the same in every run. */
export function offsetsBelow(limit: number, count: number): number[] {
  const offsets: number[] = [];
  // The generator of Numerical Recipes; nothing here needs a better one.
  for (let state = 20_261_122; offsets.length < count;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    offsets.push(Math.floor((state / 2 ** 32) * limit));
  }
  return offsets;
}
